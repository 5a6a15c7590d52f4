package main

import (
	"os"
	"path/filepath"

	"github.com/claw-verified/claw-verified/internal/collect"
)

// policyFile is where the policy of the repository around a folder is. A policy
// anywhere but at the top is read by nobody.
func policyFile(dir string) (string, error) {
	start, err := filepath.Abs(dir)
	if err != nil {
		return "", err
	}
	for top := start; ; top = filepath.Dir(top) {
		if _, err := os.Lstat(filepath.Join(top, ".git")); err == nil {
			path := filepath.Join(top, filepath.FromSlash(collect.PolicyPath))
			if rel, err := filepath.Rel(start, path); err == nil && top == start && dir == "." {
				return rel, nil // as people write it
			}
			return path, nil
		}
		if top == filepath.Dir(top) {
			return "", usageError("%s is not inside a git work tree: run this in the repository, or make one with git init", dir)
		}
	}
}
