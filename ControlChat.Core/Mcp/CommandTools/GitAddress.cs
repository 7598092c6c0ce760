using System.Globalization;
using ControlChat.Core.Gate;

namespace ControlChat.Core.Mcp.CommandTools;

/// <summary>Where a repository may be fetched from: https, or http where the operator named the host with its port; never with a name or a password in it.</summary>
internal static class GitAddress
{
    /// <param name="hosts"><c>Sessions:GitHosts</c>.</param>
    /// <exception cref="ToolRefusedException">It is no such address.</exception>
    public static Uri Read(string url, IReadOnlyList<string> hosts)
    {
        if (!Uri.TryCreate(url, UriKind.Absolute, out var address) || address.Scheme is not ("https" or "http") || url.Any(c => c is <= ' ' or > '~' or '\\'))
            throw ToolRefusedException.Invalid("The address of a repository begins with https:// and holds no space.");
        if (address.UserInfo.Length > 0) throw ToolRefusedException.Invalid("The address holds a name or a password. Repositories are fetched without any.");
        if (address.Query.Length > 0 || address.Fragment.Length > 0) throw ToolRefusedException.Invalid("The address of a repository has no part behind a '?' or '#'.");
        var (host, withPort) = (address.IdnHost, string.Create(CultureInfo.InvariantCulture, $"{address.IdnHost}:{address.Port}"));
        var listed = hosts.Contains(withPort, StringComparer.OrdinalIgnoreCase) || (address is { Scheme: "https", IsDefaultPort: true } && hosts.Contains(host, StringComparer.OrdinalIgnoreCase));
        if (listed) return address;
        throw new ToolRefusedException("denied", "host_not_allowed", hosts.Count == 0
            ? "No repository may be fetched here. The operator of this hub allows hosts in the setting Sessions:GitHosts, such as [\"github.com\"]."
            : $"{withPort} is no host that repositories may be fetched from over {address.Scheme}. There are: {string.Join(", ", hosts)} (Sessions:GitHosts; http only where the port is named).");
    }
}
