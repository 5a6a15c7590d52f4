package ghapi

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"

	"github.com/claw-verified/claw-verified/internal/gitobject"
	"github.com/claw-verified/claw-verified/internal/gitrepo"
)

const (
	blobsAtOnce = 200
	sizesAtOnce = 100
	// What one query asks for. GitHub gives up after ten seconds, and cuts off a text
	// of more than half a mebibyte.
	maxQueryBytes = 4 << 20
	maxTextBytes  = 500_000
	unknownBytes  = 64 << 10 // what a blob is taken for whose size is not known
)

func (o *Objects) blobObjects(ctx context.Context, ids []string, limit int64) (map[string][]byte, error) {
	out := make(map[string][]byte, len(ids))
	total := int64(0)
	take := func(id string, b []byte) error {
		if n := int64(len(b)); n > limit {
			return tooLarge(id, n, limit)
		} else if total += n; total > maxObjectsBytes {
			return fmt.Errorf("read objects: %w: together more than %d MiB", gitrepo.ErrTooLarge, maxObjectsBytes>>20)
		}
		out[id] = b
		return nil
	}
	var ask, chunk, single []string
	for _, id := range ids {
		if n, known := o.sizes[id]; known && n > limit {
			return nil, tooLarge(id, n, limit)
		}
		b, ok := o.texts[id]
		if !ok {
			b, ok = o.from.object(o.repo, "blob", id)
			ok = ok && proved("blob", id, b)
		}
		if ok {
			if err := take(id, b); err != nil {
				return nil, err
			}
		} else {
			ask = append(ask, id)
		}
	}
	read := func() error {
		got, err := o.readTexts(ctx, chunk, limit)
		if err != nil {
			return err
		}
		for _, id := range chunk {
			b, ok := got[id]
			if !ok {
				single = append(single, id)
			} else if err := take(id, b); err != nil {
				return err
			}
		}
		chunk = nil
		return nil
	}
	asked := int64(0)
	for _, id := range ask {
		n, known := o.sizes[id]
		if !known {
			n = unknownBytes
		}
		if n > maxTextBytes {
			single = append(single, id)
			continue
		}
		if len(chunk) == blobsAtOnce || asked+n > maxQueryBytes {
			if err := read(); err != nil {
				return nil, err
			}
			asked = 0
		}
		chunk = append(chunk, id)
		asked += n
	}
	if len(chunk) > 0 {
		if err := read(); err != nil {
			return nil, err
		}
	}
	for _, id := range single {
		b, err := o.blob(ctx, id)
		if err == nil {
			err = take(id, b)
		}
		if err != nil {
			return nil, err
		}
	}
	return out, nil
}

func tooLarge(id string, n, limit int64) error {
	return fmt.Errorf("read blob %s: %w: %d bytes, at most %d are read", id, gitrepo.ErrTooLarge, n, limit)
}

// readTexts reads blobs that are text. What is binary, cut off, or was changed on its way
// through a text is left out.
func (o *Objects) readTexts(ctx context.Context, ids []string, limit int64) (map[string][]byte, error) {
	type blob struct {
		ByteSize    *int64  `json:"byteSize"`
		IsTruncated bool    `json:"isTruncated"`
		Text        *string `json:"text"`
	}
	got, err := objectsOf[blob](ctx, o, ids, "...on Blob{byteSize isTruncated text}")
	if errors.Is(err, ErrTooLarge) {
		return nil, nil // together; each by itself may not be
	}
	if err != nil {
		return nil, err
	}
	out := make(map[string][]byte, len(got))
	for id, b := range got {
		if b.ByteSize == nil {
			continue // it is no blob
		}
		o.sizes[id] = *b.ByteSize
		if *b.ByteSize > limit {
			return nil, tooLarge(id, *b.ByteSize, limit)
		}
		if b.Text == nil || b.IsTruncated || !proved("blob", id, []byte(*b.Text)) {
			continue
		}
		out[id] = []byte(*b.Text)
		o.from.keep(o.repo, "blob", id, out[id])
	}
	return out, nil
}

// blob reads a single blob of whatever bytes.
func (o *Objects) blob(ctx context.Context, id string) ([]byte, error) {
	var answer struct {
		Encoding string `json:"encoding"`
		Content  string `json:"content"`
	}
	if err := o.rest(ctx, "/git/blobs/"+id, nil, &answer); err != nil {
		return nil, fmt.Errorf("read blob %s of %s: %w", id, o.repo, err)
	}
	b, err := base64.StdEncoding.DecodeString(answer.Content) // it skips line breaks
	if err != nil || answer.Encoding != "base64" {
		return nil, fmt.Errorf("read blob %s of %s: it came as %.20q: %w", id, o.repo, answer.Encoding, gitrepo.ErrMalformed)
	}
	if proved("blob", id, b) { // gitrepo tells of the rest
		o.sizes[id] = int64(len(b))
		o.from.keep(o.repo, "blob", id, b)
	}
	return b, nil
}

// Sizes implements [gitrepo.Objects]. Sizes are GitHub's word.
func (o *Objects) Sizes(ctx context.Context, ids []string) (map[string]int64, error) {
	out := make(map[string]int64, len(ids))
	var ask []string
	for _, id := range ids {
		if !gitobject.IsFullID(id) {
			continue
		}
		if n, ok := o.sizes[id]; ok {
			out[id] = n
		} else if n, ok := o.keptSize(id); ok {
			out[id] = n
			continue
		} else {
			ask = append(ask, id)
			continue
		}
		o.from.keep(o.repo, "size", id, strconv.AppendInt(nil, out[id], 10))
	}
	type blob struct {
		ByteSize *int64 `json:"byteSize"`
	}
	for chunk := range slices.Chunk(ask, sizesAtOnce) {
		got, err := objectsOf[blob](ctx, o, chunk, "...on Blob{byteSize}")
		if err != nil {
			return nil, err
		}
		for id, b := range got {
			if b.ByteSize != nil {
				out[id] = *b.ByteSize
				o.from.keep(o.repo, "size", id, strconv.AppendInt(nil, *b.ByteSize, 10))
			}
		}
	}
	maps.Copy(o.sizes, out)
	return out, nil
}

func (o *Objects) keptSize(id string) (int64, bool) {
	if b, ok := o.from.object(o.repo, "size", id); ok {
		n, err := strconv.ParseInt(string(bytes.TrimSpace(b)), 10, 64)
		return n, err == nil
	}
	return 0, false
}
