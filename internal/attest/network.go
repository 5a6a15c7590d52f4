package attest

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"
)

const (
	maxResponse = 1 << 20
	maxTries    = 3
	tryPause    = 500 * time.Millisecond
	callTimeout = 30 * time.Second
)

// service is the address of a signing service: https, or http to this machine
// itself. What is sent there is secret on the way: a token.
func service(what, address string) (*url.URL, error) {
	const remedy = "Give its address, https://…, without a user or a query."
	u, err := url.Parse(address)
	switch {
	case err != nil || u.Host == "":
		return nil, misuse(remedy, "The address %s of the %s is no address", show(address), what)
	case u.User != nil:
		return nil, misuse(remedy, "The address of the %s has a user or a password in it", what)
	case u.Scheme != "https" && (u.Scheme != "http" || !loopback(u.Hostname())):
		return nil, misuse(remedy, "The address %s of the %s is not https", show(address), what)
	}
	return u, nil
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// wire carries the calls to one service. It goes nowhere else, not even when the
// service says so, and follows no redirect: the request holds a token, and on the same
// host without https everybody on the way could read it. It tries again what failed
// for the moment, and it cuts answers that are too long to be answers.
type wire struct {
	scheme, host string
	base         http.RoundTripper
	wait         time.Duration
}

func newWire(u *url.URL) *wire {
	return &wire{scheme: u.Scheme, host: u.Host, base: http.DefaultTransport, wait: tryPause}
}

func (w *wire) RoundTrip(req *http.Request) (*http.Response, error) {
	if req.URL.Scheme != w.scheme || req.URL.Host != w.host {
		return nil, fmt.Errorf("%s sends on to another address, which is not followed", w.host)
	}
	var body []byte
	if req.Body != nil {
		var err error
		body, err = io.ReadAll(io.LimitReader(req.Body, maxResponse+1))
		if err = errors.Join(err, req.Body.Close()); err != nil {
			return nil, err
		}
		if len(body) > maxResponse {
			return nil, errors.New("the request is too large")
		}
	}
	for try := 1; ; try++ {
		again := req.Clone(req.Context())
		if req.Body != nil {
			again.Body = io.NopCloser(bytes.NewReader(body))
		}
		res, err := w.base.RoundTrip(again)
		if err == nil && res.StatusCode < 500 && res.StatusCode != http.StatusTooManyRequests || try == maxTries {
			if err != nil {
				return nil, err
			}
			if res.StatusCode >= 300 && res.StatusCode < 400 {
				_ = res.Body.Close()
				return nil, fmt.Errorf("%s sends on to another address (%d), which is not followed", w.host, res.StatusCode)
			}
			res.Body = &bounded{ReadCloser: res.Body, left: maxResponse}
			return res, nil
		}
		if err == nil {
			_ = res.Body.Close()
		}
		select {
		case <-req.Context().Done():
			return nil, req.Context().Err()
		case <-time.After(w.wait * time.Duration(try)):
		}
	}
}

// bounded is a body of which too much is an error and not a cut.
type bounded struct {
	io.ReadCloser
	left int64
}

func (b *bounded) Read(p []byte) (int, error) {
	if b.left <= 0 {
		return 0, fmt.Errorf("the answer has more than %d bytes", maxResponse)
	}
	n, err := b.ReadCloser.Read(p[:min(int64(len(p)), b.left)])
	b.left -= int64(n)
	return n, err
}

// withoutSecrets is an error's text for people: a service may tell back what it was
// sent.
func withoutSecrets(err error, secrets ...string) string {
	text := err.Error()
	for _, s := range secrets {
		if s == "" {
			continue
		}
		text = strings.ReplaceAll(text, s, "[token]")
		for _, part := range strings.Split(s, ".") { // a token's three parts
			if len(part) > 16 {
				text = strings.ReplaceAll(text, part, "[token]")
			}
		}
	}
	return show(text)
}
