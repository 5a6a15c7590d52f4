// Package plans runs Terraform for real and looks at what it plans.
//
// Each file in testdata is one situation: the configuration before, what a change
// makes of it, how the plan is made, and what must be told of it. Only what is built
// into Terraform is used (terraform_data, modules, moved, removed, import, checks,
// provisioners), so no registry and no cloud is needed.
//
// `make e2e` makes every plan anew, in a git repository of its own, gives it to the
// program that is built from here, and compares. Where Terraform is missing it skips
// and says so. The plans of an earlier run are in fixtures/terraform: JSON, plan file
// and the files of the commit; the test without the tag judges them on every machine.
//
//	go test -tags e2e ./e2e/plans -update
//
// makes and records them anew.
//
// A situation has a comment, directives in it, and files:
//
//	# what it is about
//	plan: -target=terraform_data.a    more arguments of terraform plan
//	apply: -var=x=1                   of the apply of the base
//	init: -reconfigure                of the second init
//	do: taint terraform_data.a        before the plan
//	fails                             terraform plan must fail, and leave a plan
//	base only                         the plan is made from the base, and given for the head
//	edit: OLD => NEW                  in the JSON of the plan, somewhere once or more
//	must: TEXT                        what the wanted text must hold, whatever else is in it
//	-- base/main.tf --                what is applied, and on the branch main
//	-- head/main.tf --                of the change: all files of it, where there is one
//	-- dirty/main.tf --               not committed when the plan is made; empty: removed
//	-- same/NAME/main.tf --           another configuration that plans the same change set
//	-- different/NAME/main.tf --      one that does not; a file "plan" in it has arguments
//	-- want --                        what is told of the plan
package plans
