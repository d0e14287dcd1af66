// Says what the real engine thinks of files: `go run opinions.go FILE...`. What it
// prints for each is told in tests/storage/engines.ts; a record is its bucket (of
// one within another: a/b), its key and its value.
package main

import (
	"bytes"
	"crypto/md5"
	"fmt"
	"os"
	"sort"
	"strings"

	bolt "github.com/coreos/bbolt"
)

func main() {
	for _, path := range os.Args[1:] {
		fmt.Printf("file %s\n", path)
		if err := examine(path); err != nil {
			fmt.Printf("fault %s\n", strings.ReplaceAll(err.Error(), "\n", " "))
		}
		fmt.Println("done")
	}
}

func examine(path string) (err error) {
	defer func() {
		if problem := recover(); problem != nil {
			err = fmt.Errorf("panic: %v", problem)
		}
	}()
	db, err := bolt.Open(path, 0600, &bolt.Options{ReadOnly: true})
	if err != nil {
		return err
	}
	defer db.Close()
	return db.View(func(tx *bolt.Tx) error {
		for err := range tx.Check() {
			fmt.Printf("fault %s\n", err)
		}
		var lines []string
		root := tx.Cursor()
		for name, _ := root.First(); name != nil; name, _ = root.Next() {
			if bucket := tx.Bucket(name); bucket != nil {
				if err := walk(bucket, name, &lines); err != nil {
					return err
				}
			}
		}
		sort.Strings(lines)
		fmt.Printf("records %x\n", md5.Sum([]byte(strings.Join(lines, ""))))
		return nil
	})
}

func walk(bucket *bolt.Bucket, path []byte, lines *[]string) error {
	return bucket.ForEach(func(key, value []byte) error {
		if value == nil {
			within := bucket.Bucket(key)
			if within == nil {
				return fmt.Errorf("bucket %x/%x is not found", path, key)
			}
			whole := append(append(append([]byte{}, path...), '/'), key...)
			return walk(within, whole, lines)
		}
		if !bytes.Equal(bucket.Get(key), value) {
			return fmt.Errorf("key %x/%x is not found", path, key)
		}
		*lines = append(*lines, fmt.Sprintf("%x %x %x\n", path, key, value))
		return nil
	})
}
