// Checks a file with the real engine, and prints its records: `go run check.go
// FILE`. A line each: the bucket, the key and the value in hexadecimal digits.
package main

import (
	"bufio"
	"fmt"
	"os"

	bolt "github.com/coreos/bbolt"
)

func must(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func main() {
	db, err := bolt.Open(os.Args[1], 0644, nil)
	must(err)
	// A key more, so that the engine writes to what it has not made.
	must(db.Update(func(tx *bolt.Tx) error {
		return tx.ForEach(func(name []byte, bucket *bolt.Bucket) error {
			return bucket.Put([]byte("added"), []byte("by bbolt"))
		})
	}))
	out := bufio.NewWriter(os.Stdout)
	must(db.View(func(tx *bolt.Tx) error {
		for err := range tx.Check() {
			return err
		}
		return tx.ForEach(func(name []byte, bucket *bolt.Bucket) error {
			return bucket.ForEach(func(key, value []byte) error {
				_, err := fmt.Fprintf(out, "%x %x %x\n", name, key, value)
				return err
			})
		})
	}))
	must(out.Flush())
	must(db.Close())
}
