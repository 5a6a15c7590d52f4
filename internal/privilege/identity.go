package privilege

import (
	"strings"

	"github.com/claw-verified/claw-verified/checks"
)

// gradeIdentity grades what somebody may do.
func (j *judge) gradeIdentity(a *atom, after *document) grade {
	act, res := a.dims[dimAction], a.dims[dimResource]
	w := &j.work
	switch {
	case act.all() && res.all():
		return grade{checks.ConsequenceGrantAdmin, "everything, on everything"}
	case act.not && wideResource(res, w):
		return grade{checks.ConsequenceGrantAdmin, "everything but what is named, on everything"}
	case act.all() && res.not:
		return grade{checks.ConsequenceGrantAdmin, "everything, on all but what is named"}
	case act.contains(iamAll, w) && wideResource(res, w):
		return grade{checks.ConsequenceGrantAdmin, "whoever governs identities can give himself everything"}
	}
	if act.wild() && wideResource(res, w) {
		if len(iamWitnesses.held(act, w)) == len(iamWitnesses) {
			return grade{checks.ConsequenceGrantAdmin, "whoever governs identities can give himself everything"}
		}
		if len(awsWitnesses.held(act, w)) > 0 && j.everyAction(after) {
			return grade{checks.ConsequenceGrantAdmin, "everything, in other words"}
		}
	}
	passes := false
	for i := range escalations {
		e := &escalations[i]
		if !act.overlaps(e.action, w) || !res.overlaps(e.resource, w) {
			continue
		}
		if e.action.text == "iam:PassRole" {
			passes = true
		}
		if e.reach == wildReach && !act.not && !res.wild() || e.reach == openReach && !act.not && !open(res) {
			continue // a few objects: what they can do is seen where it is granted
		}
		return grade{checks.ConsequenceGrantEscalation, e.why}
	}
	if passes && j.allows(after, runners) {
		return grade{checks.ConsequenceGrantEscalation, runners[0].why}
	}
	for i := range runners {
		if act.overlaps(runners[i].action, w) && res.overlaps(runners[i].resource, w) && j.allows(after, passRole) {
			return grade{checks.ConsequenceGrantEscalation, runners[i].why}
		}
	}
	switch {
	case passes:
		return grade{checks.ConsequenceGrantWider, "may pass on one named role"}
	case act.not:
		return grade{checks.ConsequenceGrantWider, "all actions but those named"}
	case res.not:
		return grade{checks.ConsequenceGrantWider, "all resources but those named"}
	}
	return grade{checks.ConsequenceGrantWider, ""}
}

// allows reports whether a document allows one of some actions on what they are about.
func (j *judge) allows(d *document, actions []escalation) bool {
	for i := range d.statements {
		s := &d.statements[i]
		if s.deny {
			continue
		}
		for k := range actions {
			if s.dims[dimAction].overlaps(actions[k].action, &j.work) && s.dims[dimResource].overlaps(actions[k].resource, &j.work) {
				return true
			}
		}
	}
	return false
}

// wideResource reports whether identities of a whole account are among the
// resources.
func wideResource(s set, w *work) bool {
	if s.not || s.all() {
		return true
	}
	for _, p := range s.list {
		if p.arn == nil {
			if p.contains(someRole, w) && p.contains(someUser, w) {
				return true // such as ?* or *:*
			}
			continue
		}
		if contains(p.arn[2], []rune("iam"), w) && contains(p.arn[5], []rune{star}, w) {
			return true
		}
	}
	return false
}

// An escalation is an action that gives more than it is.
type escalation struct {
	action   pattern
	resource pattern // what the action is about
	reach    reach   // from where on it is one
	why      string
}

var (
	iamAll   = set{list: []pattern{glob("iam:*", nil)}}
	passRole = actions(anyReach, "", "iam:PassRole")
)

// reach says on how many objects an action gives more than it is.
type reach int

const (
	anyReach  reach = iota // on a single one
	wildReach              // where the name has a wildcard
	openReach              // where the name is left open
)

// open reports whether resources are left open: everything, or everything of one
// kind.
func open(s set) bool {
	if s.not || s.all() {
		return true
	}
	for _, p := range s.list {
		if p.arn == nil {
			continue
		}
		name := p.arn[5]
		if string(p.arn[2]) != "s3" {
			for i, r := range name {
				if r == ':' || r == '/' {
					name = name[i+1:]
					break
				}
			}
		}
		if len(name) > 0 && name[0] == star || len(p.arn[4]) > 0 && !letter(p.arn[4][0]) && p.wild() {
			return true
		}
	}
	return false
}

func actions(reach reach, why string, names ...string) []escalation {
	var out []escalation
	for _, n := range names {
		p := glob(strings.ToLower(n), nil)
		p.text = n
		out = append(out, escalation{action: p, resource: arnGlob(about(n), nil), reach: reach, why: why})
	}
	return out
}

// about is the ARN of what an action is about, as far as the service is concerned.
func about(action string) string {
	service, _, _ := strings.Cut(strings.ToLower(action), ":")
	switch service {
	case "sts", "rolesanywhere":
		return "arn:*:iam:*"
	case "ec2-instance-connect":
		return "arn:*:ec2:*"
	case "ssm", "ram", "lakeformation":
		return "*" // about machines, or shares, of other services
	}
	return "arn:*:" + service + ":*"
}

// runners are actions that start a program under a role that is passed on.
var runners = actions(anyReach, "may start something with a role that it passes on",
	"ec2:RunInstances", "ec2:RequestSpotInstances", "ec2:RequestSpotFleet", "ec2:CreateFleet", "ec2:AssociateIamInstanceProfile",
	"ec2:ReplaceIamInstanceProfileAssociation", "autoscaling:CreateLaunchConfiguration", "autoscaling:CreateAutoScalingGroup",
	"lambda:CreateFunction", "lambda:UpdateFunctionConfiguration", "ecs:RunTask", "ecs:StartTask", "ecs:CreateService", "ecs:UpdateService",
	"ecs:RegisterTaskDefinition", "batch:SubmitJob", "batch:RegisterJobDefinition", "glue:CreateDevEndpoint", "glue:CreateJob", "glue:UpdateJob",
	"glue:CreateSession", "cloudformation:CreateStack", "cloudformation:UpdateStack", "cloudformation:CreateChangeSet",
	"cloudformation:CreateStackSet", "cloudformation:UpdateStackSet", "datapipeline:CreatePipeline", "datapipeline:PutPipelineDefinition",
	"sagemaker:CreateNotebookInstance", "sagemaker:CreateTrainingJob", "sagemaker:CreateProcessingJob", "sagemaker:CreateUserProfile",
	"codebuild:CreateProject", "codebuild:UpdateProject", "codepipeline:CreatePipeline", "codestar:CreateProject",
	"codedeploy:CreateDeploymentGroup", "states:CreateStateMachine", "states:UpdateStateMachine", "ssm:StartAutomationExecution",
	"ssm:RegisterTaskWithMaintenanceWindow", "elasticmapreduce:RunJobFlow", "emr-serverless:StartJobRun", "apprunner:CreateService",
	"elasticbeanstalk:CreateEnvironment", "events:PutTargets", "scheduler:CreateSchedule", "pipes:CreatePipe", "imagebuilder:CreateImagePipeline",
	"eks:CreatePodIdentityAssociation", "cognito-identity:SetIdentityPoolRoles", "rolesanywhere:CreateProfile", "bedrock-agentcore:CreateCodeInterpreter",
	"bedrock:CreateAgent", "amplify:CreateApp", "airflow:CreateEnvironment", "gamelift:CreateBuild", "transfer:CreateUser", "iot:CreateRoleAlias")

// escalations are the known ways from one permission to more, the plainest first.
//
// Sources: Rhino Security Labs, "AWS IAM Privilege Escalation"; Bishop Fox,
// iam-vulnerable; the action reference of each service.
var escalations = func() []escalation {
	var out []escalation
	add := func(e []escalation) { out = append(out, e...) }
	add(actions(anyReach, "may rewrite or attach policies",
		"iam:CreatePolicyVersion", "iam:SetDefaultPolicyVersion", "iam:AttachUserPolicy", "iam:AttachRolePolicy", "iam:AttachGroupPolicy",
		"iam:PutUserPolicy", "iam:PutRolePolicy", "iam:PutGroupPolicy", "iam:AddUserToGroup"))
	add(actions(anyReach, "may make credentials of somebody else",
		"iam:CreateAccessKey", "iam:UpdateAccessKey", "iam:CreateLoginProfile", "iam:UpdateLoginProfile", "iam:CreateServiceSpecificCredential",
		"iam:ResetServiceSpecificCredential", "iam:UploadSigningCertificate", "iam:UploadSSHPublicKey", "iam:DeactivateMFADevice"))
	add(actions(anyReach, "may change whom roles trust",
		"iam:UpdateAssumeRolePolicy", "iam:CreateOpenIDConnectProvider", "iam:UpdateOpenIDConnectProviderThumbprint", "iam:AddClientIDToOpenIDConnectProvider",
		"iam:CreateSAMLProvider", "iam:UpdateSAMLProvider", "rolesanywhere:CreateTrustAnchor", "rolesanywhere:UpdateTrustAnchor"))
	add(actions(anyReach, "may take away what limits a role",
		"iam:DeleteRolePermissionsBoundary", "iam:DeleteUserPermissionsBoundary", "iam:PutRolePermissionsBoundary", "iam:PutUserPermissionsBoundary",
		"iam:DeleteRolePolicy", "iam:DeleteUserPolicy", "iam:DeleteGroupPolicy", "iam:DetachRolePolicy", "iam:DetachUserPolicy", "iam:DetachGroupPolicy"))
	add(actions(wildReach, "may hand on any role", "iam:PassRole"))
	add(actions(wildReach, "may become any role", "sts:AssumeRole", "sts:AssumeRoleWithWebIdentity", "sts:AssumeRoleWithSAML"))
	add(actions(anyReach, "may give people rights in any account",
		"sso:CreateAccountAssignment", "sso:AttachManagedPolicyToPermissionSet", "sso:AttachCustomerManagedPolicyReferenceToPermissionSet",
		"sso:PutInlinePolicyToPermissionSet", "sso:ProvisionPermissionSet", "sso:DeletePermissionsBoundaryFromPermissionSet",
		"identitystore:CreateGroupMembership", "sso-directory:AddMemberToGroup", "sso-directory:UpdatePassword"))
	add(actions(anyReach, "may change what limits the accounts of an organisation",
		"organizations:AttachPolicy", "organizations:DetachPolicy", "organizations:UpdatePolicy", "organizations:DeletePolicy",
		"organizations:DisablePolicyType", "organizations:LeaveOrganization", "organizations:MoveAccount", "organizations:CreateAccount",
		"organizations:RegisterDelegatedAdministrator", "organizations:PutResourcePolicy", "account:PutAlternateContact"))
	add(actions(openReach, "may change who may use objects",
		"kms:PutKeyPolicy", "kms:CreateGrant", "s3:PutBucketPolicy", "s3:PutBucketAcl", "s3:PutObjectAcl", "s3:PutAccountPublicAccessBlock",
		"s3:PutBucketPublicAccessBlock", "s3:PutAccessPointPolicy", "sqs:AddPermission", "sqs:SetQueueAttributes", "sns:AddPermission",
		"sns:SetTopicAttributes", "lambda:AddPermission", "lambda:AddLayerVersionPermission", "ecr:SetRepositoryPolicy", "ecr:PutRegistryPolicy",
		"backup:PutBackupVaultAccessPolicy", "glacier:SetVaultAccessPolicy", "es:UpdateElasticsearchDomainConfig", "es:UpdateDomainConfig",
		"aoss:UpdateAccessPolicy", "elasticfilesystem:PutFileSystemPolicy", "events:PutPermission", "ses:PutIdentityPolicy", "acm-pca:PutPolicy",
		"codeartifact:PutDomainPermissionsPolicy", "codeartifact:PutRepositoryPermissionsPolicy", "ec2:ModifySnapshotAttribute",
		"ec2:ModifyImageAttribute", "rds:ModifyDBSnapshotAttribute", "rds:ModifyDBClusterSnapshotAttribute", "ram:CreateResourceShare",
		"ram:AssociateResourceShare", "lakeformation:GrantPermissions", "lakeformation:PutDataLakeSettings",
		"dynamodb:PutResourcePolicy", "kinesis:PutResourcePolicy", "secretsmanager:PutResourcePolicy", "glue:PutResourcePolicy", "logs:PutResourcePolicy",
		"redshift:PutResourcePolicy", "redshift-serverless:PutResourcePolicy", "xray:PutResourcePolicy", "vpc-lattice:PutResourcePolicy",
		"network-firewall:PutResourcePolicy", "codebuild:PutResourcePolicy", "ssm:PutResourcePolicy", "s3tables:PutTableBucketPolicy",
		"kafka:PutClusterPolicy", "mediastore:PutContainerPolicy", "signer:AddProfilePermission", "vpc-lattice:PutAuthPolicy", "rekognition:PutProjectPolicy"))
	add(actions(openReach, "may run programs under roles that are there already",
		"lambda:UpdateFunctionCode", "lambda:UpdateFunctionConfiguration", "lambda:UpdateEventSourceMapping", "glue:UpdateDevEndpoint", "glue:UpdateJob",
		"ssm:SendCommand", "ssm:StartSession", "ssm:StartAutomationExecution", "ec2:ModifyInstanceAttribute", "ec2:AssociateIamInstanceProfile",
		"ec2:ReplaceIamInstanceProfileAssociation", "ec2-instance-connect:SendSSHPublicKey", "ec2-instance-connect:SendSerialConsoleSSHPublicKey",
		"ecs:ExecuteCommand", "codebuild:UpdateProject", "codebuild:StartBuild", "cloudformation:UpdateStack", "cloudformation:SetStackPolicy",
		"cloudformation:ExecuteChangeSet", "datapipeline:PutPipelineDefinition", "sagemaker:CreatePresignedNotebookInstanceUrl",
		"sagemaker:CreatePresignedDomainUrl", "sagemaker:UpdateNotebookInstanceLifecycleConfig", "states:UpdateStateMachine",
		"batch:SubmitJob", "cloud9:CreateEnvironmentMembership", "codestar:AssociateTeamMember", "apprunner:UpdateService"))
	add(actions(anyReach, "may give itself a cluster", "eks:CreateAccessEntry", "eks:AssociateAccessPolicy", "eks:UpdateAccessEntry"))
	add(actions(openReach, "may read all secrets", "secretsmanager:GetSecretValue", "secretsmanager:BatchGetSecretValue"))
	return out
}()

// managedGrade grades a policy that is attached by its ARN.
//
// Source: AWS managed policy reference guide.
func managedGrade(arn string) grade {
	parts := strings.SplitN(arn, ":", 6)
	name := arn[strings.LastIndexByte(arn, '/')+1:]
	aws := len(parts) == 6 && parts[4] == "aws"
	switch strings.ToLower(name) {
	case "administratoraccess", "administratoraccess-amplify", "administratoraccess-awselasticbeanstalk":
		return grade{checks.ConsequenceGrantAdmin, "the policy of administrators"}
	case "poweruseraccess":
		return grade{checks.ConsequenceGrantAdmin, "everything but identities"}
	case "iamfullaccess":
		return grade{checks.ConsequenceGrantAdmin, "whoever governs identities can give himself everything"}
	}
	if !aws {
		return grade{checks.ConsequenceGrantWider, "what the policy says is not in this resource"}
	}
	switch name {
	case "AWSOrganizationsFullAccess", "AWSSSOMasterAccountAdministrator", "AWSSSOMemberAccountAdministrator", "AWSSSODirectoryAdministrator",
		"SystemAdministrator", "DatabaseAdministrator", "DataScientist", "NetworkAdministrator", "AWSCloudFormationFullAccess", "AWSLambda_FullAccess",
		"AWSLambdaFullAccess", "AmazonEC2FullAccess", "AmazonECS_FullAccess", "AmazonSSMFullAccess", "AmazonSSMAutomationRole", "AWSGlueConsoleFullAccess",
		"AWSCodeBuildAdminAccess", "AWSCodePipeline_FullAccess", "AWSCodeStarFullAccess", "AWSDataPipeline_FullAccess", "AmazonSageMakerFullAccess",
		"AWSElasticBeanstalkFullAccess", "AmazonEKSClusterAdminPolicy", "AWSKeyManagementServicePowerUser", "SecretsManagerReadWrite",
		"AWSStepFunctionsFullAccess", "AWSBatchFullAccess", "AmazonElasticMapReduceFullAccess", "AmazonEMRFullAccessPolicy_v2",
		"AWSDeepRacerCloudFormationAccessPolicy":
		return grade{checks.ConsequenceGrantEscalation, "the policy of AWS lets its holder start or change things under other roles"}
	}
	if strings.HasSuffix(name, "FullAccess") {
		return grade{checks.ConsequenceGrantWider, "everything in one service"}
	}
	return grade{checks.ConsequenceGrantWider, ""}
}
