package snapback

import (
	"bytes"
	"encoding/json"
)

// Nullable is a property of an update that can be left as it is, set, or removed. Its zero value leaves it as it is.
type Nullable[T any] struct {
	value T
	state nullableState
}

type nullableState uint8

const (
	absent nullableState = iota
	isNull
	isSet
)

// Value sets a property to this.
func Value[T any](value T) Nullable[T] {
	return Nullable[T]{value: value, state: isSet}
}

// Null removes a property.
func Null[T any]() Nullable[T] {
	return Nullable[T]{state: isNull}
}

// Get returns the value, and whether there is one.
func (n Nullable[T]) Get() (T, bool) {
	return n.value, n.state == isSet
}

// IsNull says whether the property is removed.
func (n Nullable[T]) IsNull() bool {
	return n.state == isNull
}

// IsZero says whether the property is left as it is; encoding/json then leaves it out.
func (n Nullable[T]) IsZero() bool {
	return n.state == absent
}

// MarshalJSON writes the value, or null.
func (n Nullable[T]) MarshalJSON() ([]byte, error) {
	if n.state != isSet {
		return []byte("null"), nil
	}
	return json.Marshal(n.value)
}

// UnmarshalJSON reads a value or null. A property that is not there is not read, and stays absent.
func (n *Nullable[T]) UnmarshalJSON(data []byte) error {
	*n = Null[T]()
	if bytes.Equal(data, []byte("null")) {
		return nil
	}
	if err := json.Unmarshal(data, &n.value); err != nil {
		return err
	}
	n.state = isSet
	return nil
}

// Ptr returns a pointer to a value, for properties that may be left out.
func Ptr[T any](value T) *T {
	return &value
}
