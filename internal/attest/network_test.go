package attest

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"
)

// What holds a token goes to one address, by one scheme, and nowhere on from there.
func TestWireGoesNowhereElse(t *testing.T) {
	t.Parallel()
	calls := 0
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		calls++
		http.Redirect(w, r, "/again", http.StatusTemporaryRedirect)
	}))
	defer server.Close()
	u, err := url.Parse(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	secure := *u
	secure.Scheme = "https"
	send := func(wire *wire) error {
		wire.wait = time.Millisecond
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, server.URL, strings.NewReader("secret"))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Authorization", "Bearer secret")
		client := http.Client{Transport: wire}
		res, err := client.Do(req)
		if err == nil {
			_ = res.Body.Close()
		}
		return err
	}
	// As after a redirect from https to the same host without it.
	if err := send(newWire(&secure)); err == nil || calls != 0 {
		t.Errorf("%d calls, %v", calls, err)
	}
	if err := send(newWire(u)); err == nil || calls != 1 || !strings.Contains(err.Error(), "is not followed") {
		t.Errorf("%d calls, %v", calls, err)
	}
}
