package plan

// Grouped reports whether a rule puts an object into a group of the summary.
func Grouped(id string) bool { return groupOf[id] != "" }

// ModuleOf is moduleOf.
var ModuleOf = moduleOf
