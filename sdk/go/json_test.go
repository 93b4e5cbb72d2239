package snapback

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"
)

func TestAnUpdateTellsNullFromWhatIsLeftOut(t *testing.T) {
	for want, body := range map[string]any{
		`{}`:                       ProjectUpdate{},
		`{"description":null}`:     ProjectUpdate{Description: Null[string]()},
		`{"description":"a shop"}`: ProjectUpdate{Description: Value("a shop")},
		`{"description":""}`:       ProjectUpdate{Description: Value("")},
		`{"name":"b"}`:             ProjectUpdate{Name: "b"},
		`{"labels":{}}`:            EnvironmentUpdate{Labels: map[string]string{}},
		`{"undoMinutes":0}`:        SnapshotSettingsUpdate{UndoMinutes: Ptr(0)},
		`{"maxReadBytesPerSecond":3000000000123,"standby":"off"}`: SnapshotSettingsUpdate{
			MaxReadBytesPerSecond: Value[int64](3_000_000_000_123), Standby: StandbyWhenOff,
		},
		`{"database":{"kind":"file","file":"shop/url"},"beforeCutover":null}`: EnvironmentUpdate{
			Database: Value(DatabaseInput{File: &DatabaseFromFile{File: "shop/url"}}), BeforeCutover: Null[HookInput](),
		},
	} {
		text, err := json.Marshal(body)
		if err != nil || string(text) != want {
			t.Errorf("%s, not %s (%v)", text, want, err)
		}
	}
}

func TestANullableIsReadAsItWasWritten(t *testing.T) {
	var read struct{ Absent, Null, Set Nullable[int] }
	if err := json.Unmarshal([]byte(`{"Null":null,"Set":7}`), &read); err != nil {
		t.Fatal(err)
	}
	value, ok := read.Set.Get()
	if !read.Absent.IsZero() || !read.Null.IsNull() || read.Null.IsZero() || value != 7 || !ok {
		t.Errorf("%+v", read)
	}
	if err := json.Unmarshal([]byte(`{"Set":"seven"}`), &read); err == nil {
		t.Error("a text was read as a number")
	}
}

func TestOfSeveralKindsOneIsWrittenAndRead(t *testing.T) {
	text, err := json.Marshal(EnvironmentCreate{Name: "n", Type: EnvironmentTypeStaging, Database: &DatabaseInput{
		Connection: &DatabaseConnection{Host: "h", Database: "d", User: "u", Password: Ptr("")},
	}})
	if want := `{"name":"n","type":"staging","database":{"kind":"connection","host":"h","database":"d","user":"u","password":""}}`; err != nil || string(text) != want {
		t.Errorf("%s (%v)", text, err)
	}
	var environment Environment
	read := `{"database":{"kind":"variable","env":"ENVIRONMENT_A"},"beforeCutover":{"kind":"pigeon","color":"grey"},"afterCutover":null}`
	if err := json.Unmarshal([]byte(read), &environment); err != nil {
		t.Fatal(err)
	}
	if database := environment.Database; database.Kind != "variable" || database.Variable.Env != "ENVIRONMENT_A" || database.Connection != nil {
		t.Errorf("%+v", database)
	}
	if hook := environment.BeforeCutover; hook.Kind != "pigeon" || hook.Request != nil || hook.Command != nil || environment.AfterCutover != nil {
		t.Errorf("%+v", hook)
	}
	for _, wrong := range []HookInput{{}, {Request: &HookCall{}, Command: &HookCommand{}}} {
		if _, err := json.Marshal(wrong); err == nil {
			t.Errorf("%+v was written", wrong)
		}
	}
}

// Each kind that the contract has is a field; one that kinds.go does not know would be lost.
func TestEveryKindIsWrittenAndRead(t *testing.T) {
	for _, input := range []any{DatabaseInput{}, HookInput{}} {
		kinds := reflect.TypeOf(input)
		for i := range kinds.NumField() {
			one := reflect.New(kinds).Elem()
			one.Field(i).Set(reflect.New(kinds.Field(i).Type.Elem()))
			text, err := json.Marshal(one.Interface())
			var named struct{ Kind string }
			if err != nil || json.Unmarshal(text, &named) != nil || named.Kind != strings.ToLower(kinds.Field(i).Name) {
				t.Errorf("%s: %s (%v)", kinds.Field(i).Name, text, err)
			}
		}
	}
	for _, view := range []any{&DatabaseView{}, &HookView{}} {
		read := reflect.ValueOf(view).Elem()
		for i := range read.NumField() {
			name := read.Type().Field(i).Name
			if name == "Kind" {
				continue
			}
			text := `{"kind":"` + strings.ToLower(name) + `"}`
			if err := json.Unmarshal([]byte(text), view); err != nil || read.Field(i).IsNil() {
				t.Errorf("%s: %+v (%v)", text, view, err)
			}
		}
	}
}
