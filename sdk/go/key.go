package snapback

import (
	"crypto/rand"
	"fmt"
)

// A fresh UUID of version 4.
func newKey() string {
	var id [16]byte
	// Never fails: the program ends where there is no randomness.
	_, _ = rand.Read(id[:])
	id[6] = id[6]&0x0f | 0x40
	id[8] = id[8]&0x3f | 0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", id[0:4], id[4:6], id[6:8], id[8:10], id[10:])
}
