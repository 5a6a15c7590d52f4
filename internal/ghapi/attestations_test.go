package ghapi

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestAttestations(t *testing.T) {
	t.Parallel()
	digest := "sha256:" + strings.Repeat("0a", 32)
	path := "/repos/acme/infra/attestations/" + digest
	const one, two = `{"mediaType":"a"}`, `{"mediaType":"b", "x": 1}`
	large := `{"x":"` + strings.Repeat("x", maxBundle) + `"}`
	for _, c := range []struct {
		name, digest string
		pages        []string
		want         string // the bundles, or what the error says
	}{
		{"two", digest, []string{`{"attestations":[{"bundle":` + one + `,"repository_id":1,"bundle_url":"https://x.invalid/"},{"bundle":` + two + `}]}`}, one + two},
		{"two pages", digest, []string{`{"attestations":[{"bundle":` + one + `}]}`, `{"attestations":[{"bundle":` + two + `}]}`}, one + two},
		{"none is kept", digest, nil, ""},
		{"an empty list", digest, []string{`{"attestations":[]}`}, ""},
		{"one beside an address", digest, []string{`{"attestations":[{"bundle":null,"bundle_url":"https://x.invalid/"},{"bundle":` + one + `}]}`}, one},
		{"a large one", digest, []string{`{"attestations":[{"bundle":` + large + `},{"bundle":` + one + `}]}`}, one},
		{"no objects", digest, []string{`{"attestations":[{"bundle":"{}"},{"bundle":[]},{}]}`}, ""},
		{"an address alone", digest, []string{`{"attestations":[{"bundle_url":"https://x.invalid/"}]}`}, "which are not asked"},
		{"no list", digest, []string{`{}`}, "holds no list"},
		{"null", digest, []string{`{"attestations":null}`}, "holds no list"},
		{"another kind", digest, []string{`{"attestations":{}}`}, "list what acme/infra attests"},
		{"without an end", digest, strings.Split(strings.Repeat(`{"attestations":[]} `, attestationPages+1), " "), "goes on after"},
		{"half a digest", digest[:70], nil, "a whole SHA-256"},
		{"another digest", "sha1:" + digest[7:], nil, "a whole SHA-256"},
		{"a step", "sha256:" + strings.Repeat("../", 22)[:64], nil, "a whole SHA-256"},
		{"capitals", strings.ToUpper(digest), nil, "a whole SHA-256"},
	} {
		asked := 0
		s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			n := 0
			if after := r.URL.Query().Get("after"); after != "" {
				_, _ = fmt.Sscan(after, &n)
			}
			if asked++; r.URL.Path != path || r.URL.Query().Get("per_page") != "30" {
				t.Errorf("%s: asked for %s", c.name, r.URL)
			}
			if n >= len(c.pages) {
				http.Error(w, `{"message":"Not Found"}`, http.StatusNotFound)
				return
			}
			if n+1 < len(c.pages) {
				w.Header().Set("Link", fmt.Sprintf(`<http://x.invalid/?after=%d>; rel="next"`, n+1))
			}
			fmt.Fprint(w, c.pages[n])
		}))
		client, err := New(Config{APIURL: s.URL, Token: "t"})
		if err != nil {
			t.Fatal(err)
		}
		list, err := client.Attestations(t.Context(), infra, c.digest)
		var b strings.Builder
		for _, one := range list {
			b.Write(one)
		}
		if err != nil {
			b.WriteString(err.Error())
		}
		if got := b.String(); err == nil && got != c.want || err != nil && (c.want == "" || !strings.Contains(got, c.want)) || asked > attestationPages {
			t.Errorf("%s: %s, after %d calls; want %s", c.name, got, asked, c.want)
		}
		client.Close()
		s.Close()
	}
}
