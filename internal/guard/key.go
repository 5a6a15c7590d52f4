package guard

import (
	"strings"

	"github.com/claw-verified/claw-verified/checks"
)

// keep is what a key or a secret is, in a word.
type keep string

const (
	encryptionKey keep = "key"         // what it encrypted is lost with it
	secret        keep = "secret"      // a store of values that others read
	value         keep = "version"     // one value of a secret: making another in its place is what rotation is
	certificate   keep = "certificate" // with its private key
)

// kept are the types whose loss is not made good by making another. Credentials such
// as access keys and passwords are not among them: to destroy one is to revoke it.
// Source: the table's secrets, read type by type.
var kept = func() map[string]keep {
	m := map[string]keep{}
	for what, types := range map[keep]string{
		encryptionKey: `aws_kms_key aws_kms_external_key aws_kms_replica_key aws_kms_replica_external_key aws_kms_custom_key_store
			aws_paymentcryptography_key google_kms_crypto_key google_kms_crypto_key_version azurerm_key_vault_key azurerm_key_vault
			azurerm_key_vault_managed_hardware_security_module azurerm_key_vault_managed_hardware_security_module_key
			oci_kms_key oci_kms_vault oci_kms_key_version alicloud_kms_key alicloud_kms_instance ibm_kms_key ibm_kp_key ibm_kms_key_with_policy_overrides
			scaleway_key_manager_key huaweicloud_kms_key tencentcloud_kms_key yandex_kms_symmetric_key yandex_kms_asymmetric_encryption_key
			yandex_kms_asymmetric_signature_key vault_transit_secret_backend_key awscc_kms_key awscc_kms_replica_key`,
		secret: `aws_secretsmanager_secret awscc_secretsmanager_secret google_secret_manager_secret google_secret_manager_regional_secret azurerm_key_vault_secret
			oci_vault_secret alicloud_kms_secret tencentcloud_ssm_secret huaweicloud_csms_secret yandex_lockbox_secret scaleway_secret
			openstack_keymanager_secret_v1 ibm_sm_arbitrary_secret ibm_sm_kv_secret`,
		value: `aws_secretsmanager_secret_version google_secret_manager_secret_version google_secret_manager_regional_secret_version
			yandex_lockbox_secret_version scaleway_secret_version vault_kv_secret vault_kv_secret_v2 vault_generic_secret
			kubernetes_secret kubernetes_secret_v1 databricks_secret cloudflare_secrets_store_secret aws_secretsmanager_secret_rotation`,
		certificate: `aws_acmpca_certificate_authority google_privateca_certificate_authority azurerm_key_vault_certificate aws_iam_server_certificate
			vault_pki_secret_backend_root_cert tls_private_key cloudflare_origin_ca_certificate`,
	} {
		for t := range strings.FieldsSeq(types) {
			m[t] = what
		}
	}
	return m
}()

func keeps(typ string) keep { return kept[typ] }

// keyDestroyed judges a key or a secret that goes.
func (j *judge) keyDestroyed() {
	what := j.traits.key
	if what == "" || what == value && j.replaced() {
		return
	}
	p := j.c.Pend(checks.ConsequenceKeyWeakened, "")
	switch {
	case j.c.Type == "aws_secretsmanager_secret_rotation":
		p.Note = "the secret is no longer rotated"
	case what == encryptionKey:
		p.Note = "what the key encrypted cannot be read any more once it is gone"
	case what == certificate:
		p.Note = "the private key goes with it"
	default:
		p.Note = "who needs the secret does not find it any more"
	}
	for _, at := range []string{"recovery_window_in_days", "deletion_window_in_days", "pending_window_in_days"} {
		v, ok := j.c.Old().At(at)
		n, isNumber := v.Number()
		switch {
		case !ok || !isNumber || v.Sensitive:
		case n == 0:
			p.Note += "; at once, without a time to have it back"
		default:
			p.Note += "; it can be had back for " + v.Word() + " days"
		}
	}
	if v, ok := j.c.Old().At("deletion_policy"); ok && lower(v) == "abandon" {
		return // it stays, and only leaves the state
	}
	j.tell(p)
}

// rotations are blocks that say how a key or a secret is rotated.
var rotations = map[string]bool{"rotation": true, "rotation_rules": true, "rotation_policy": true, "rotation_schedule": true, "auto_rotation": true}
