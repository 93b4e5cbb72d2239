package snapback

import (
	"encoding/json"
	"errors"
	"fmt"
)

// Some things are one of several kinds, which their property kind tells in JSON. Here they have a field for each kind, of
// which one is set.

// MarshalJSON writes the one that is set, with its kind.
func (d DatabaseInput) MarshalJSON() ([]byte, error) {
	return oneOf("database", kind("connection", d.Connection), kind("variable", d.Variable), kind("file", d.File))
}

// MarshalJSON writes the one that is set, with its kind.
func (h HookInput) MarshalJSON() ([]byte, error) {
	return oneOf("hook", kind("request", h.Request), kind("command", h.Command))
}

// UnmarshalJSON reads the kind that is there. Of one that only a newer service knows there is its name alone.
func (d *DatabaseView) UnmarshalJSON(data []byte) error {
	*d = DatabaseView{}
	return readKind(data, &d.Kind, map[string]any{"connection": &d.Connection, "variable": &d.Variable, "file": &d.File})
}

// UnmarshalJSON reads the kind that is there. Of one that only a newer service knows there is its name alone.
func (h *HookView) UnmarshalJSON(data []byte) error {
	*h = HookView{}
	return readKind(data, &h.Kind, map[string]any{"request": &h.Request, "command": &h.Command})
}

type variant struct {
	kind  string
	value any
}

func kind[T any](name string, value *T) variant {
	if value == nil {
		return variant{kind: name}
	}
	return variant{name, value}
}

func oneOf(what string, variants ...variant) ([]byte, error) {
	var set *variant
	for i, one := range variants {
		if one.value == nil {
			continue
		}
		if set != nil {
			return nil, fmt.Errorf("snapback: a %s is %s or %s, and not both", what, set.kind, one.kind)
		}
		set = &variants[i]
	}
	if set == nil {
		return nil, errors.New("snapback: of a " + what + " nothing is set")
	}
	text, err := json.Marshal(set.value)
	if err != nil {
		return nil, err
	}
	// All of them have a property, so what follows the bracket is one.
	return append([]byte(`{"kind":"`+set.kind+`",`), text[1:]...), nil
}

func readKind(data []byte, name *string, fields map[string]any) error {
	var named struct {
		Kind string `json:"kind"`
	}
	if err := json.Unmarshal(data, &named); err != nil {
		return err
	}
	*name = named.Kind
	field, known := fields[named.Kind]
	if !known {
		return nil
	}
	return json.Unmarshal(data, field)
}
