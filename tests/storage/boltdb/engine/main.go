// Builds a file with the real engine: `go run main.go FILE PAIRS`.
//
// The bucket "numbers" holds "key-N" with the digits of N, 32 bytes wide; of the
// odd ones below 1000 none is left. The bucket "outer" holds a bucket "inner",
// and a value of a megabyte.
package main

import (
	"bytes"
	"fmt"
	"os"
	"strconv"

	"github.com/boltdb/bolt"
)

const batch = 50000

func must(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func main() {
	pairs, err := strconv.Atoi(os.Args[2])
	must(err)
	db, err := bolt.Open(os.Args[1], 0644, nil)
	must(err)
	db.NoSync = true
	for begin := 0; begin < pairs; begin += batch {
		must(db.Update(func(tx *bolt.Tx) error {
			bucket, err := tx.CreateBucketIfNotExists([]byte("numbers"))
			if err != nil {
				return err
			}
			for n := begin; n < begin+batch && n < pairs; n++ {
				key := []byte(fmt.Sprintf("key-%d", n))
				if err := bucket.Put(key, []byte(fmt.Sprintf("%032d", n))); err != nil {
					return err
				}
			}
			return nil
		}))
	}
	must(db.Update(func(tx *bolt.Tx) error {
		numbers := tx.Bucket([]byte("numbers"))
		for n := 1; n < 1000; n += 2 {
			if err := numbers.Delete([]byte(fmt.Sprintf("key-%d", n))); err != nil {
				return err
			}
		}
		outer, err := tx.CreateBucket([]byte("outer"))
		if err != nil {
			return err
		}
		if err := outer.Put([]byte("big"), bytes.Repeat([]byte("x"), 1<<20)); err != nil {
			return err
		}
		inner, err := outer.CreateBucket([]byte("inner"))
		if err != nil {
			return err
		}
		return inner.Put([]byte("k"), []byte("v"))
	}))
	must(db.Close())
}
