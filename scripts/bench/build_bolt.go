// Builds a BoltDB file for the benchmark: go run build_bolt.go FILE COUNT SIZE.
package main

import (
	"fmt"
	"os"
	"strconv"
	"strings"

	"github.com/boltdb/bolt"
)

const batch = 10000

func must(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func main() {
	count, err := strconv.Atoi(os.Args[2])
	must(err)
	size, err := strconv.Atoi(os.Args[3])
	must(err)
	db, err := bolt.Open(os.Args[1], 0644, nil)
	must(err)
	db.NoSync = true
	for begin := 0; begin < count; begin += batch {
		must(db.Update(func(tx *bolt.Tx) error {
			bucket, err := tx.CreateBucketIfNotExists([]byte("numbers"))
			if err != nil {
				return err
			}
			for n := begin; n < begin+batch && n < count; n++ {
				value := strings.Repeat(fmt.Sprintf("%08d", n), size/8+1)[:size]
				if err := bucket.Put([]byte(fmt.Sprintf("key-%d", n)), []byte(value)); err != nil {
					return err
				}
			}
			return nil
		}))
	}
	must(db.Close())
}
