package publish

import (
	"bytes"
	"encoding/json"

	"github.com/owenrumney/go-sarif/v3/pkg/report/v210/sarif"
)

// compact writes a SARIF log without what says nothing. The library writes every
// list, also the empty ones, and every index, also -1 for none: some thirty lines
// for each result.
func compact(r *sarif.Report) ([]byte, error) {
	b, err := json.Marshal(r)
	if err != nil {
		return nil, err
	}
	d := json.NewDecoder(bytes.NewReader(b))
	d.UseNumber()
	var doc any
	if err := d.Decode(&doc); err != nil {
		return nil, err
	}
	prune(doc)
	var out bytes.Buffer
	e := json.NewEncoder(&out)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	err = e.Encode(doc)
	return out.Bytes(), err
}

func prune(x any) {
	switch x := x.(type) {
	case map[string]any:
		for k, v := range x {
			prune(v)
			if empty(v) && k != "results" && k != "rules" { // an empty list of results says that nothing was found
				delete(x, k)
			}
		}
	case []any:
		for _, v := range x {
			prune(v)
		}
	}
}

func empty(v any) bool {
	switch v := v.(type) {
	case nil:
		return true
	case []any:
		return len(v) == 0
	case map[string]any:
		return len(v) == 0
	case json.Number:
		return v == "-1"
	}
	return false
}
