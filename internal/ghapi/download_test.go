package ghapi

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
)

func TestDownload(t *testing.T) {
	t.Parallel()
	store := newHub(t, func(w http.ResponseWriter, r *http.Request) {
		for _, name := range []string{"Authorization", "Cookie", "Referer", "X-Github-Api-Version"} {
			if v := r.Header.Get(name); v != "" {
				t.Errorf("the store is sent %s: %s", name, v)
			}
		}
		switch r.URL.Path {
		case "/zip":
			if r.URL.Query().Get("sig") != "geheim" {
				w.WriteHeader(http.StatusForbidden)
			}
			io.WriteString(w, "PK content")
		case "/on":
			http.Redirect(w, r, "/zip?sig=geheim", http.StatusFound)
		case "/cut":
			w.Header().Set("Content-Length", "100")
			io.WriteString(w, "PK")
		case "/stream":
			for range 100 {
				io.WriteString(w, strings.Repeat("x", 1000))
				w.(http.Flusher).Flush()
			}
		default:
			w.WriteHeader(http.StatusForbidden)
			io.WriteString(w, `<Error>sig=geheim</Error>`)
		}
	})
	to := ""
	h := newHub(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "Bearer "+testToken {
			t.Error("the API is asked without the credential")
		}
		http.SetCookie(w, &http.Cookie{Name: "session", Value: "1"})
		switch r.URL.Path {
		case "/direct":
			io.WriteString(w, "PK direct")
		case "/accepted":
			w.WriteHeader(http.StatusAccepted)
		case "/gone":
			w.WriteHeader(http.StatusGone)
		default:
			w.Header().Set("Location", to)
			w.WriteHeader(http.StatusFound)
		}
	})
	c := h.client(t)
	for _, x := range []struct {
		name, path, to string
		limit          int64
		want           string
		err            string
		is             error
	}{
		{"stored elsewhere", "/x", store.URL + "/zip?sig=geheim#f", 100, "PK content", "", nil},
		{"exactly as long", "/x", store.URL + "/zip?sig=geheim", 10, "PK content", "", nil},
		{"one byte longer", "/x", store.URL + "/zip?sig=geheim", 9, "", "too long", ErrTooLarge},
		{"longer, by and by", "/x", store.URL + "/stream?sig=geheim", 5000, "", "too long", ErrTooLarge},
		{"from the API itself", "/direct", "", 100, "PK direct", "", nil},
		{"a second redirect", "/x", store.URL + "/on?sig=geheim", 100, "", "status 302", nil},
		{"cut", "/x", store.URL + "/cut?sig=geheim", 1000, "", "unexpected EOF", io.ErrUnexpectedEOF},
		{"refused by the store", "/x", store.URL + "/no?sig=geheim", 100, "", "status 403", ErrForbidden},
		{"expired", "/gone", "", 100, "", "status 410", ErrNotFound},
		{"not yet", "/accepted", "", 100, "", "status 202", nil},
		{"nowhere", "/x", "", 100, "", "no place", nil},
		{"a file", "/x", "file:///etc/passwd", 100, "", "no place", nil},
		{"http elsewhere", "/x", "http://169.254.169.254/latest?sig=geheim", 100, "", "no place", nil},
		{"a user", "/x", strings.Replace(store.URL, "://", "://geheim:x@", 1) + "/zip", 100, "", "no place", nil},
		{"no address", "/x", "http://%zz/geheim", 100, "", "no place", nil},
		{"no bound", "/x", store.URL, 0, "", "is none", nil},
	} {
		to = x.to
		got, err := c.download(t.Context(), x.path, x.limit)
		if string(got) != x.want || (err == nil) != (x.err == "") || err != nil && !strings.Contains(err.Error(), x.err) || x.is != nil && !errors.Is(err, x.is) {
			t.Errorf("%s: %q, %v", x.name, got, err)
		}
		if err != nil && (strings.Contains(err.Error(), "geheim") || strings.Contains(err.Error(), testToken)) {
			t.Errorf("%s: the error tells where it is kept: %v", x.name, err)
		}
	}
}

// Of the real API, no store is on this machine.
func TestDownloadFromTheAPIIsNeverHTTP(t *testing.T) {
	t.Parallel()
	for to, want := range map[string]bool{
		"http://127.0.0.1:8080/zip":           false,
		"http://localhost/zip":                false,
		"http://store.example/zip":            false,
		"https://store.example/zip?sig=x":     true,
		"https://api.github.com/_elsewhere/x": true,
	} {
		asked := false
		c := carried(t, func(r *http.Request) (*http.Response, error) {
			if r.Header.Get("Authorization") != "" {
				return reply(302, ``, "Location", to), nil
			}
			asked = true
			return reply(200, `zip`), nil
		})
		if _, err := c.download(t.Context(), "/x", 10); asked != want || (err == nil) != want {
			t.Errorf("%s: asked %v, %v", to, asked, err)
		}
	}
}

func TestDownloadArtifact(t *testing.T) {
	t.Parallel()
	c := carried(t, func(r *http.Request) (*http.Response, error) {
		switch r.URL.String() {
		case "https://api.github.com/repos/acme/infra/actions/artifacts/5/zip":
			return reply(302, ``, "Location", "https://store.example/5?sig=x"), nil
		case "https://store.example/5?sig=x":
			return reply(200, `PK`), nil
		}
		t.Errorf("asked for %s", r.URL)
		return reply(404, ``), nil
	})
	got, err := c.DownloadArtifact(t.Context(), testRepo, 5, 100)
	if err != nil || string(got) != "PK" {
		t.Errorf("%q, %v", got, err)
	}
	if s := c.Stats(); s.Downloads != 2 || s.REST != 0 {
		t.Errorf("stats %+v", s)
	}
	if _, err := c.DownloadArtifact(t.Context(), testRepo, 5, 1); !errors.Is(err, ErrTooLarge) {
		t.Errorf("got %v", err)
	}
}
