package ghapi

import (
	"bytes"
	"container/list"
	"strings"
	"sync"
)

// DefaultCacheBytes bounds a cache of which no other bound is given.
const DefaultCacheBytes = 64 << 20

// Cache remembers what can be asked for again with a condition, and what never
// changes: objects by their id. It is bounded, and safe for concurrent use. Its zero
// value is ready, with [DefaultCacheBytes].
//
// Clients may share one. What a client kept is given only to clients of the same
// host and the same credential, and an object only under the name of the repository
// it was read from: in GitHub an object of a private repository can have the id of
// one in a public fork.
//
// What goes in is not believed when it comes out: answers only where GitHub says that
// nothing changed, objects after they were hashed again.
type Cache struct {
	mu    sync.Mutex
	bound int64
	size  int64
	items map[string]*list.Element
	order list.List // newest use first
}

// NewCache makes a cache of at most so many bytes, keys and our own cost included.
func NewCache(limit int64) *Cache { return &Cache{bound: max(limit, 1)} }

type item struct {
	key  string
	body []byte
	etag string
	next string
}

// itemCost is what an entry costs beside its texts, roughly. With it many empty ones
// are bounded as well.
const itemCost = 200

func (i *item) cost() int64 {
	return int64(len(i.key)+len(i.body)+len(i.etag)+len(i.next)) + itemCost
}

func (c *Cache) limit() int64 {
	if c.bound == 0 {
		return DefaultCacheBytes
	}
	return c.bound
}

func (c *Cache) find(key string) (*item, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	e, ok := c.items[key]
	if !ok {
		return nil, false
	}
	c.order.MoveToFront(e)
	return e.Value.(*item), true // an item is not changed once it is in
}

// put keeps an item, unless it would throw out much of everything else.
func (c *Cache) put(i *item) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if e, ok := c.items[i.key]; ok {
		c.drop(e)
	}
	if i.cost() > c.limit()/4 {
		return
	}
	if c.items == nil {
		c.items = map[string]*list.Element{}
	}
	c.items[i.key] = c.order.PushFront(i)
	for c.size += i.cost(); c.size > c.limit(); {
		c.drop(c.order.Back())
	}
}

func (c *Cache) drop(e *list.Element) {
	i := c.order.Remove(e).(*item)
	delete(c.items, i.key)
	c.size -= i.cost()
}

// object finds an object of a repository that was kept. The bytes are the caller's
// own.
func (c *Client) object(r Repository, typ, id string) ([]byte, bool) {
	i, ok := c.cache.find(c.objectKey(r, typ, id))
	if !ok {
		return nil, false
	}
	return bytes.Clone(i.body), true
}

// keep remembers an object that this client read from a repository. The caller has
// shown that it hashes to its id.
func (c *Client) keep(r Repository, typ, id string, data []byte) {
	if len(data) > maxKept {
		return
	}
	c.cache.put(&item{key: c.objectKey(r, typ, id), body: append([]byte{}, data...)})
}

// maxKept is the longest object that is copied in order to be kept.
const maxKept = 8 << 20

func (c *Client) objectKey(r Repository, typ, id string) string {
	// No name of GitHub's has a zero byte; case does not tell repositories apart.
	return strings.Join([]string{c.identity, "object", strings.ToLower(r.Owner), strings.ToLower(r.Name), typ, id}, "\x00")
}

func (c *Client) answerKey(url string) string {
	return strings.Join([]string{c.identity, "answer", url}, "\x00")
}
