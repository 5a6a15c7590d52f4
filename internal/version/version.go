// Package version knows which build this is.
package version

import "runtime/debug"

// version is set by the linker for releases: -X .../internal/version.version=v1.2.3.
var version = ""

// String is the version of this build: the release, or the commit it was built
// from, or "devel".
func String() string {
	if version != "" {
		return version
	}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "devel"
	}
	if v := info.Main.Version; v != "" && v != "(devel)" {
		return v
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" && len(s.Value) >= 12 {
			return "devel+" + s.Value[:12]
		}
	}
	return "devel"
}
