// Builds a file of many small buckets: `go run buckets.go FILE`.
//
// Those of the bucket "names" lie within its leaves, at any offset, each with the
// keys "k0" and "k1"; some are on pages of their own, with "k0" to "k99". There is a
// bucket "a/b", and a bucket "b" within "a"; each has a key "k".
package main

import (
	"fmt"
	"os"
	"strings"

	bolt "github.com/coreos/bbolt"
)

func must(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func main() {
	db, err := bolt.Open(os.Args[1], 0644, &bolt.Options{PageSize: 1024})
	must(err)
	must(db.Update(func(tx *bolt.Tx) error {
		names, err := tx.CreateBucket([]byte("names"))
		must(err)
		for i := 0; i < 60; i++ {
			name := strings.Repeat("n", i%7) + fmt.Sprint(i)
			bucket, err := names.CreateBucket([]byte(name))
			must(err)
			keys := 2
			if i%20 == 7 {
				keys = 100
			}
			for j := 0; j < keys; j++ {
				value := fmt.Sprintf("value of %s/k%d %s", name, j, strings.Repeat("x", i%13))
				must(bucket.Put([]byte(fmt.Sprintf("k%d", j)), []byte(value)))
			}
		}
		slash, err := tx.CreateBucket([]byte("a/b"))
		must(err)
		must(slash.Put([]byte("k"), []byte("of a/b")))
		a, err := tx.CreateBucket([]byte("a"))
		must(err)
		b, err := a.CreateBucket([]byte("b"))
		must(err)
		return b.Put([]byte("k"), []byte("of b within a"))
	}))
	must(db.Close())
}
