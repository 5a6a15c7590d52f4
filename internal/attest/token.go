package attest

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"
)

// Where an identity token comes from, in this order: a file, a variable, GitHub.
const (
	TokenVariable  = "SIGSTORE_ID_TOKEN"
	requestURL     = "ACTIONS_ID_TOKEN_REQUEST_URL"
	requestToken   = "ACTIONS_ID_TOKEN_REQUEST_TOKEN"
	audience       = "sigstore"
	maxToken       = 32 << 10
	noTokenRemedy  = "In a GitHub workflow give the job `permissions: id-token: write`. Elsewhere put a token for the audience sigstore into a file (--identity-token-file) or into " + TokenVariable + ", or sign with a key: --key claw.key."
	badTokenRemedy = "Get a fresh one for the audience sigstore: an OpenID Connect token, three parts with dots between them."
)

// Token finds an OpenID Connect token: who signs. It is never shown.
func Token(ctx context.Context, file string, env func(string) string) (string, error) {
	var token string
	switch {
	case file != "":
		f, err := os.Open(file) //nolint:gosec // whoever runs the command names it
		if err != nil {
			return "", &Problem{Usage: true, Err: err, Message: sentence("The identity token file %s cannot be read: %s", show(file), plain(err)), Remedy: noTokenRemedy}
		}
		defer f.Close()
		text, err := io.ReadAll(io.LimitReader(f, maxToken+1))
		if err != nil {
			return "", failure(err, noTokenRemedy, "Could not read the identity token file %s: %s", show(file), plain(err))
		}
		token = string(text)
	case env(TokenVariable) != "":
		token = env(TokenVariable)
	case env(requestURL) != "" && env(requestToken) != "":
		var err error
		if token, err = askGitHub(ctx, env(requestURL), env(requestToken)); err != nil {
			return "", err
		}
	default:
		return "", misuse(noTokenRemedy, "There is no identity token to sign with")
	}
	token = strings.TrimSpace(token)
	return token, checkToken(token, time.Now())
}

// checkToken looks at the form and the end of a token, for a clear word. Whether it
// is genuine is for Fulcio to say.
func checkToken(token string, now time.Time) error {
	parts := strings.Split(token, ".")
	if len(token) > maxToken || len(parts) != 3 {
		return misuse(badTokenRemedy, "The identity token is none")
	}
	raw, err := base64.RawURLEncoding.DecodeString(parts[1])
	var claims struct {
		Expires float64 `json:"exp"`
	}
	if err != nil || json.Unmarshal(raw, &claims) != nil {
		return misuse(badTokenRemedy, "The identity token cannot be read")
	}
	if claims.Expires != 0 && claims.Expires < float64(now.Unix()) {
		return misuse(badTokenRemedy, "The identity token has expired")
	}
	return nil
}

// askGitHub gets the token of the workflow run.
func askGitHub(ctx context.Context, address, secret string) (string, error) {
	fail := func(err error) (string, error) {
		return "", failure(err, "Check `permissions: id-token: write` of the job, and try again.", "GitHub gave no identity token: %s", withoutSecrets(err, secret, address))
	}
	u, err := service("GitHub token service", address)
	if err != nil {
		return "", misuse(noTokenRemedy, "%s is not an https address", requestURL) // not shown: it is as good as a secret
	}
	q, err := url.ParseQuery(u.RawQuery)
	if err != nil {
		return fail(errors.New("the address it gave is malformed"))
	}
	q.Set("audience", audience)
	u.RawQuery = q.Encode()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		return fail(err)
	}
	req.Header.Set("Authorization", "Bearer "+secret)
	req.Header.Set("Accept", "application/json")
	client := http.Client{Transport: newWire(u), Timeout: callTimeout, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	res, err := client.Do(req)
	if err != nil {
		var e *url.Error
		if errors.As(err, &e) {
			err = e.Err // without the address
		}
		return fail(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		return fail(err)
	}
	var answer struct {
		Value string `json:"value"`
	}
	if res.StatusCode != http.StatusOK {
		return fail(errors.New("it answered " + res.Status))
	}
	if err := json.Unmarshal(body, &answer); err != nil || answer.Value == "" {
		return fail(errors.New("its answer holds no token"))
	}
	return answer.Value, nil
}
