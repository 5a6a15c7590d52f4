package ghtest

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httputil"
	"net/url"
)

// Proxy is a validator in front of another server.
type Proxy struct {
	*Validator
	proxy *httputil.ReverseProxy
}

// Validate puts a validator in front of a server: an emulator of GitHub, or GitHub. The
// prefix of an Enterprise Server is taken off the path. What was found is told by
// GET /_violations as a JSON list, and then forgotten. Members that an answer lacks are
// no violation there, but [Validator.Missing]: GitHub's own examples lack some.
func Validate(upstream *url.URL) *Proxy {
	p := &Proxy{Validator: NewValidator()}
	p.foreign = true
	p.proxy = &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) {
			strip(r.Out.URL)
			r.SetURL(upstream)
			r.Out.Header.Del("Accept-Encoding") // the transport asks for itself, and unpacks
		},
		ModifyResponse: func(res *http.Response) error {
			body, err := io.ReadAll(res.Body)
			if err != nil {
				return err
			}
			_ = res.Body.Close()
			res.Body = io.NopCloser(bytes.NewReader(body))
			if ex, ok := res.Request.Context().Value(exchangeKey{}).(*exchange); ok {
				p.answer(ex, res.StatusCode, res.Header, body)
			}
			return nil
		},
	}
	return p
}

type exchangeKey struct{}

// ServeHTTP judges a request, hands it on, and judges the answer.
func (p *Proxy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method == http.MethodGet && r.URL.Path == "/_violations" {
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(append([]string{}, p.Forget()...)) // who has gone away does not want it
		return
	}
	ex := p.open(r)
	p.proxy.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), exchangeKey{}, ex)))
}
