using System.Security.Cryptography;
using System.Text.RegularExpressions;

namespace ControlChat.Core.Sync;

/// <summary>The public key a host proves itself with.</summary>
/// <param name="Type">As ssh names it, such as <c>ssh-ed25519</c>.</param>
/// <param name="Blob">In base64.</param>
public sealed partial record HostKey(string Type, string Blob)
{
    // What ssh-keyscan is asked for; the first of these that a host has is pinned.
    private static readonly string[] Preferred = ["ssh-ed25519", "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521", "ssh-rsa"];

    /// <summary>As in known_hosts, without the name.</summary>
    public string Line => $"{Type} {Blob}";

    /// <summary>As <c>ssh-keygen -l</c> shows it: <c>SHA256:…</c>.</summary>
    public string Fingerprint => "SHA256:" + Convert.ToBase64String(SHA256.HashData(Convert.FromBase64String(Blob))).TrimEnd('=');

    /// <summary>The signatures a host may prove this key with: RFC 8332 gives RSA keys others than their name says.</summary>
    public string Algorithms => Type == "ssh-rsa" ? "rsa-sha2-512,rsa-sha2-256" : Type;

    /// <summary>Lower is better.</summary>
    public int Rank => Array.IndexOf(Preferred, Type);

    /// <summary>Reads <c>type base64</c>; null when it is no key of a kind that is known here.</summary>
    public static HostKey? Parse(string line)
    {
        if (Form().Match(line) is not { Success: true } match || !Preferred.Contains(match.Groups[1].Value)) return null;
        var key = new HostKey(match.Groups[1].Value, match.Groups[2].Value);
        return Convert.TryFromBase64String(key.Blob, new byte[key.Blob.Length], out _) ? key : null;
    }

    [GeneratedRegex(@"\A([a-z0-9-]{1,40}) ([A-Za-z0-9+/]{16,2000}={0,2})\z", RegexOptions.CultureInvariant)]
    private static partial Regex Form();
}
