package privilege

import "strings"

// Witnesses are actions of which somebody who holds them all can do everything that
// matters, however the patterns that give them are spelt: *:?* leaves out nothing that
// is an action, and is not *.
type witnesses []pattern

func witnessesOf(names ...string) witnesses {
	var out witnesses
	for _, n := range names {
		out = append(out, literal(strings.ToLower(n)))
	}
	return out
}

var (
	// Their names are long: a pattern may be made of question marks.
	iamWitnesses = witnessesOf("iam:AttachRolePolicy", "iam:PutGroupPolicy", "iam:CreatePolicyVersion", "iam:UpdateAssumeRolePolicy",
		"iam:DeleteRolePolicy", "iam:AddUserToGroup", "iam:CreateAccessKey")
	awsWitnesses = witnessesOf("iam:AttachRolePolicy", "iam:CreateAccessKey", "s3:DeleteBucketPolicy", "ec2:TerminateInstances",
		"organizations:LeaveOrganization", "kms:ScheduleKeyDeletion", "rds:DeleteDBCluster", "lambda:UpdateFunctionCode", "dynamodb:DeleteTable",
		"cloudtrail:StopLogging", "secretsmanager:GetSecretValue", "logs:DeleteLogGroup")
	azureWitnesses = witnessesOf("Microsoft.Compute/virtualMachines/write", "Microsoft.Compute/virtualMachines/delete",
		"Microsoft.Compute/virtualMachines/runCommand/action", "Microsoft.Storage/storageAccounts/listKeys/action", "Microsoft.KeyVault/vaults/write",
		"Microsoft.Web/sites/write", "Microsoft.Resources/subscriptions/resourceGroups/delete", "Microsoft.Sql/servers/databases/delete",
		"Microsoft.Network/networkSecurityGroups/write", "Microsoft.ContainerService/managedClusters/write")

	someRole = literal("arn:aws:iam::000000000000:role/x")
	someUser = literal("arn:aws:iam::000000000000:user/y")
)

// held are those that a set has in it.
func (l witnesses) held(s set, w *work) []int {
	var out []int
	for i := range l {
		if s.contains(set{list: l[i : i+1]}, w) {
			out = append(out, i)
		}
	}
	return out
}

// union reports whether the statements that allow, and that count, hold all together:
// a* and b* and so on to z* are everything too.
func (l witnesses) union(d *document, w *work, counts func(*statement) bool) bool {
	seen := make([]bool, len(l))
	left := len(l)
	for i := range d.statements {
		st := &d.statements[i]
		if st.deny || !counts(st) {
			continue
		}
		for _, k := range l.held(st.dims[dimAction], w) {
			if !seen[k] {
				seen[k] = true
				left--
			}
		}
		if left == 0 {
			return true
		}
	}
	return false
}

// everyAction reports whether a policy allows everything, in whatever words.
func (j *judge) everyAction(d *document) bool {
	if d == nil {
		return false
	}
	every, known := j.every[d]
	if !known {
		every = awsWitnesses.union(d, &j.work, func(st *statement) bool { return wideResource(st.dims[dimResource], &j.work) })
		if j.every == nil {
			j.every = map[*document]bool{}
		}
		j.every[d] = every
	}
	return every
}
