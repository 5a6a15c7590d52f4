package planfile

import (
	"crypto/sha1" //nolint:gosec // git's own object ids; they are compared with git's
	"crypto/sha256"
	"encoding/hex"
	"hash"
	"io"
	"path"
	"strconv"
	"strings"
)

// ConfigFile is one file of the configuration the plan was made from.
type ConfigFile struct {
	Module string // key of its module
	Name   string // file name
	Path   string // as the tool read it: Dir of the module and the name. Foreign text
	// The ids git gives to these bytes, in hex: of "blob <length>\0" and the content.
	SHA1, SHA256 string
}

// Blob returns the id in the object format of a repository.
func (c *ConfigFile) Blob(sha256 bool) string {
	if sha256 {
		return c.SHA256
	}
	return c.SHA1
}

// splitConfig takes the name of an entry below tfconfig/ apart.
func splitConfig(entry string) (module, name string, ok bool) {
	rest, ok := strings.CutPrefix(entry, prefixModule)
	if !ok {
		return "", "", false
	}
	module, name, ok = strings.Cut(rest, "/")
	return module, name, ok && !strings.Contains(name, "/")
}

// blobIDs reads content of a known length and gives its ids.
func blobIDs(in io.Reader, size int64, buf []byte) (sha1ID, sha256ID string, err error) {
	h1, h2 := sha1.New(), sha256.New() //nolint:gosec // see the import
	both := io.MultiWriter(h1, h2)
	if _, err := io.WriteString(both, "blob "+strconv.FormatInt(size, 10)+"\x00"); err != nil {
		return "", "", err
	}
	if _, err := io.CopyBuffer(both, onlyReader{in}, buf); err != nil {
		return "", "", err
	}
	id := func(h hash.Hash) string { return hex.EncodeToString(h.Sum(nil)) }
	return id(h1), id(h2), nil
}

// onlyReader hides other methods, so that the buffer given is the one used.
type onlyReader struct{ io.Reader }

// readConfig hashes the configuration files, the manifest before them.
func (r *reader) readConfig(a *archive, manifest *entry, files []*entry) error {
	b, err := a.readAll(manifest, maxManifest)
	if err != nil {
		return err
	}
	modules, index, err := readModules(b)
	if err != nil {
		return err
	}
	r.Modules = modules
	total := int64(0)
	buf := make([]byte, 64<<10)
	for _, e := range files {
		module, name, _ := splitConfig(e.name)
		i, ok := index[module]
		if !ok {
			return inEntry(e.name, "a configuration file of a module that is not listed")
		}
		if total += e.size; e.size > r.lim.MaxEntry || total > r.lim.MaxConfig {
			return inEntry(e.name, "the configuration is larger than may be read")
		}
		c := ConfigFile{Module: module, Name: name, Path: path.Join(modules[i].Dir, name)}
		if c.SHA1, c.SHA256, err = blobIDs(a.open(e), e.size, buf); err != nil {
			return err
		}
		r.Config = append(r.Config, c)
	}
	return nil
}
