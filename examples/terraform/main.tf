# Servers of the register in Terraform or OpenTofu, by the http source: names and addresses of the active ones in
# a data centre, for whatever is made of them (DNS records, firewall rules, monitors).
#
#   export TF_VAR_domesday=https://domesday.example.org TF_VAR_token=domesday_…
#   terraform init && terraform plan

terraform {
  required_providers {
    http = {
      source  = "hashicorp/http"
      version = "~> 3.4"
    }
  }
}

variable "domesday" {
  type        = string
  description = "The address of the register, without a slash at its end"
}

variable "token" {
  type        = string
  sensitive   = true
  description = "A token that may view: domesday token create --user terraform --rights view"
}

variable "dc" {
  type    = string
  default = "iad1"
}

data "http" "servers" {
  url = "${var.domesday}/api/servers/?dc__name=${var.dc}&state=active&fields=name,ip&ordering=name&limit=1000"

  request_headers = {
    Accept        = "application/json"
    Authorization = "Bearer ${var.token}"
  }

  lifecycle {
    postcondition {
      condition     = self.status_code == 200
      error_message = "The register answered ${self.status_code}: ${self.response_body}"
    }
    # A page has at most 1,000: whoever has more narrows the filter, or reads page by page.
    postcondition {
      condition     = jsondecode(self.response_body).next == null
      error_message = "There are more than 1,000 such servers."
    }
  }
}

locals {
  # By name, so that one that comes or goes is one resource that is made or destroyed.
  servers = { for server in jsondecode(data.http.servers.response_body).results : server.name => server.ip }
}

output "servers" {
  value = local.servers
}
