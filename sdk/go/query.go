package snapback

import (
	"net/url"
	"strconv"
)

func setText[T ~string](query url.Values, name string, value T) {
	if value != "" {
		query.Set(name, string(value))
	}
}

func setFlag(query url.Values, name string, value *bool) {
	if value != nil {
		query.Set(name, strconv.FormatBool(*value))
	}
}

// Of the numbers that lists are asked by none is 0.
func setNumber(query url.Values, name string, value int) {
	if value != 0 {
		query.Set(name, strconv.Itoa(value))
	}
}
