package ghapi

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"strings"

	"github.com/claw-verified/claw-verified/internal/gitobject"
)

const (
	attestationPage  = 30
	attestationPages = 4
	maxBundle        = 1 << 20 // bytes
)

// Attestations returns the Sigstore bundles that repo keeps about what has a digest,
// "sha256:<hex>", as they came: nothing of them is verified. Whoever may write
// attestations can add some, so what is there is as foreign as anything, and a bundle
// that is larger than a megabyte is passed over. None is no error; a token that may not
// read attestations is told the same by GitHub where the repository is private.
//
// Only bundles that stand in the answer itself are read. GitHub may give an address in
// place of one; it is never asked. Where nothing else is there, that is an error.
func (c *Client) Attestations(ctx context.Context, repo Repository, digest string) ([]json.RawMessage, error) {
	list, err := c.attestations(ctx, repo, digest)
	if err != nil && !errors.Is(err, ErrNotFound) {
		return nil, fmt.Errorf("list what %s attests of %.80q: %w", repo, digest, err)
	}
	return list, nil
}

func (c *Client) attestations(ctx context.Context, repo Repository, digest string) ([]json.RawMessage, error) {
	hex, ok := strings.CutPrefix(digest, "sha256:")
	if !ok || !gitobject.IsID(hex, 64) {
		return nil, errors.New("a whole SHA-256 is needed")
	}
	path, err := repoPath(repo, "/attestations/"+digest)
	if err != nil {
		return nil, err
	}
	var out []json.RawMessage
	elsewhere := 0
	q := url.Values{"per_page": {strconv.Itoa(attestationPage)}}
	for range attestationPages {
		var list struct {
			Attestations []struct {
				Bundle json.RawMessage `json:"bundle"`
				URL    *string         `json:"bundle_url"`
			} `json:"attestations"`
		}
		r, err := c.get(ctx, path, q, &list)
		if err != nil {
			return nil, err
		}
		if list.Attestations == nil {
			return nil, errors.New("the answer holds no list")
		}
		for _, a := range list.Attestations {
			switch {
			case len(a.Bundle) > maxBundle:
			case bytes.HasPrefix(a.Bundle, []byte("{")):
				out = append(out, bytes.Clone(a.Bundle))
			case a.URL != nil && *a.URL != "":
				elsewhere++
			}
		}
		switch {
		case r.Next != "":
			q.Set("after", r.Next)
		case len(out) == 0 && elsewhere > 0:
			return nil, errors.New("they are kept at addresses of their own, which are not asked")
		default:
			return out, nil
		}
	}
	return nil, errMore
}
