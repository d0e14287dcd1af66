// Holds a file open with the real engine: `go run hold.go FILE read|write`. It
// says when it is open, and closes it when its standard input ends. Written to
// has it the key "k" with the value "held" in the bucket "default" by then.
package main

import (
	"fmt"
	"io"
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
	reading := os.Args[2] == "read"
	db, err := bolt.Open(os.Args[1], 0644, &bolt.Options{ReadOnly: reading})
	must(err)
	if !reading {
		must(db.Update(func(tx *bolt.Tx) error {
			bucket, err := tx.CreateBucketIfNotExists([]byte("default"))
			if err != nil {
				return err
			}
			return bucket.Put([]byte("k"), []byte("held"))
		}))
	}
	fmt.Println("open")
	_, err = io.Copy(io.Discard, os.Stdin)
	must(err)
	must(db.Close())
}
