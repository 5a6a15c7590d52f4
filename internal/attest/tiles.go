package attest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"

	protorekor "github.com/sigstore/protobuf-specs/gen/pb-go/rekor/v1"
	tilespb "github.com/sigstore/rekor-tiles/v2/pkg/generated/protobuf"
	"google.golang.org/protobuf/encoding/protojson"
)

// tiles enters signatures into a log that speaks version 2 of Rekor's API. The
// library's own client cannot be given a transport.
type tiles struct {
	address string
	client  http.Client
}

func newTiles(base *url.URL) *tiles {
	return &tiles{
		address: base.JoinPath("api/v2/log/entries").String(),
		client:  http.Client{Transport: newWire(base), Timeout: callTimeout},
	}
}

// Add is called by sigstore-go, with the only kind of entry that there is.
func (c *tiles) Add(ctx context.Context, entry any) (*protorekor.TransparencyLogEntry, error) {
	record, ok := entry.(*tilespb.HashedRekordRequestV002)
	if !ok {
		return nil, fmt.Errorf("the log takes no entry of the type %T", entry)
	}
	body, err := protojson.Marshal(&tilespb.CreateEntryRequest{Spec: &tilespb.CreateEntryRequest_HashedRekordRequestV002{HashedRekordRequestV002: record}})
	if err != nil {
		return nil, fmt.Errorf("encode log entry: %w", err)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, c.address, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Content-Type", "application/json")
	res, err := c.client.Do(req)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	answer, err := io.ReadAll(res.Body) // the wire bounds it
	if err != nil {
		return nil, fmt.Errorf("read answer: %w", err)
	}
	switch res.StatusCode {
	case http.StatusCreated:
	case http.StatusConflict:
		// An earlier try got there and its answer did not come back. The log does not
		// give it again; another signature is another entry.
		return nil, errors.New("the log holds this entry already: sign again")
	default:
		return nil, fmt.Errorf("it answered %s: %s", res.Status, show(string(answer)))
	}
	made := &protorekor.TransparencyLogEntry{}
	if err := protojson.Unmarshal(answer, made); err != nil {
		return nil, fmt.Errorf("read answer: %w", err)
	}
	return made, nil
}
