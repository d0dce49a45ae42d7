using Kist.Engine.Host;

namespace Kist.Tests.Unit.Engine;

public sealed class HostSecretsTests
{
    [Test]
    public async Task Every_item_has_a_path_that_can_be_opened_by_name_and_a_reason()
    {
        foreach (HostSecret secret in HostSecrets.All)
        {
            bool named = secret.Path is ['/', _, ..] or ['~', '/', _, ..] && !secret.Path.EndsWith('/') && !secret.Path.Contains("//") && !secret.Path.Contains('*');
            await Assert.That(named && secret.Reason.Length > 0).IsTrue().Because(secret.Path);
        }
    }

    [Test]
    public async Task No_item_is_listed_twice() =>
        await Assert.That(HostSecrets.All.Select(secret => secret.Path).Distinct().Count()).IsEqualTo(HostSecrets.All.Count);

    [Test]
    [Arguments("/root")]
    [Arguments("/home")]
    [Arguments("/etc/shadow")]
    [Arguments("/etc/shadow-")]
    [Arguments("/etc/gshadow")]
    [Arguments("/etc/sudoers")]
    [Arguments("/etc/ssh/ssh_host_ed25519_key")]
    [Arguments("/etc/ssl/private")]
    [Arguments("/etc/krb5.keytab")]
    [Arguments("/var/lib/docker")]
    [Arguments("/var/lib/kubelet")]
    [Arguments("/var/lib/cloud")]
    [Arguments("/var/spool/cron")]
    [Arguments("/etc/NetworkManager/system-connections")]
    [Arguments("/etc/wireguard")]
    [Arguments("/etc/letsencrypt")]
    [Arguments("/etc/credstore")]
    [Arguments("~/.ssh")]
    [Arguments("~/.aws")]
    [Arguments("~/.kube")]
    [Arguments("~/.bash_history")]
    public async Task What_nobody_should_read_is_in_the_list(string path) =>
        await Assert.That(HostSecrets.All.Any(secret => secret.Path == path)).IsTrue();
}
