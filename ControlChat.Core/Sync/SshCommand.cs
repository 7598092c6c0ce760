using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using ControlChat.Core.Settings;

namespace ControlChat.Core.Sync;

/// <summary>
/// How ssh is called: no configuration but this one, no agent, no forwarding, no question, one key to sign in with, and one host key
/// that is accepted. man 5 ssh_config explains each option.
/// </summary>
internal static class SshCommand
{
    // Known by this name only, whatever the host is called: so port and address do not matter in the file.
    private const string Alias = "controlchat-pinned";
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    /// <summary>For rsync's <c>--rsh</c>, which splits it at spaces outside of quotes and runs no shell.</summary>
    /// <exception cref="SyncFailedException">A setting is missing, or ssh is.</exception>
    public static string For(SyncRemote.Ssh remote, HostKey hostKey, HubPaths paths)
    {
        var key = paths.SyncKey ?? throw new SyncFailedException("The hub has no key to sign in with over ssh. The operator sets Sync:SshKey to the path of a private key; an ssh agent is not used.") { IsOutside = true };
        string[] options =
        [
            "BatchMode=yes", "StrictHostKeyChecking=yes", $"UserKnownHostsFile=\"{KnownHosts(hostKey, paths)}\"", "GlobalKnownHostsFile=/dev/null",
            $"HostKeyAlias={Alias}", $"HostKeyAlgorithms={hostKey.Algorithms}", "CheckHostIP=no", "UpdateHostKeys=no", "VerifyHostKeyDNS=no",
            "IdentitiesOnly=yes", "IdentityAgent=none", "PreferredAuthentications=publickey", "PasswordAuthentication=no", "KbdInteractiveAuthentication=no",
            "ForwardAgent=no", "ForwardX11=no", "ClearAllForwardings=yes", "PermitLocalCommand=no", "ProxyCommand=none", "ProxyJump=none", "ControlMaster=no", "ControlPath=none",
            "CanonicalizeHostname=no", "ConnectTimeout=10", "ServerAliveInterval=15", "ServerAliveCountMax=3", "LogLevel=ERROR",
        ];
        string[] words = [SyncProgram.Require("ssh"), "-T", "-F", "/dev/null", "-i", key, "-p", remote.Port.ToString(CultureInfo.InvariantCulture), .. options.SelectMany(o => new[] { "-o", o })];
        return string.Join(' ', words.Select(Quoted));
    }

    // Named by its content: it never changes once it is there, so looking for a difference may use it too.
    private static string KnownHosts(HostKey key, HubPaths paths)
    {
        var folder = Path.Combine(paths.DataDirectory, "sync");
        if (folder.IndexOfAny(['"', '\'', '%', '$', '\\']) >= 0)
            throw new SyncFailedException("The path of the hub's data directory holds a quote, '%', '$' or a backslash, which ssh would read as something else. The operator sets another Hub:DataDirectory.") { IsOutside = true };
        var text = $"{Alias} {key.Line}\n";
        var file = Path.Combine(folder, Convert.ToHexStringLower(SHA256.HashData(Encoding.ASCII.GetBytes(text)))[..32] + ".known_hosts");
        if (File.Exists(file)) return file;
        Directory.CreateDirectory(folder, OwnerOnly);
        var made = $"{file}.{Guid.NewGuid():n}";
        using (var stream = new FileStream(made, new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite }))
        {
            stream.Write(Encoding.ASCII.GetBytes(text));
        }
        File.Move(made, file, overwrite: true);
        return file;
    }

    // man 1 rsync, --rsh: a doubled quote inside of quotes is one.
    private static string Quoted(string word) => $"'{word.Replace("'", "''", StringComparison.Ordinal)}'";
}
