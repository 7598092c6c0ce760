using System.Globalization;
using System.Text.RegularExpressions;

namespace ControlChat.Core.Sync;

/// <summary>The other side of a sync: a directory of this machine, or of a host that is reached over ssh. Nothing in it can be taken for an option, or mean anything to a shell.</summary>
public abstract partial record SyncRemote
{
    /// <summary>The longest text of a remote, in characters.</summary>
    public const int MostChars = 1_000;

    private SyncRemote()
    {
    }

    /// <summary>Absolute, without <c>.</c>, <c>..</c> and a slash at the end.</summary>
    public abstract string Path { get; }

    /// <summary>Reads <c>ssh://[user@]host[:port]/path</c>, <c>[user@]host:/path</c>, <c>file:///directory</c> or <c>/directory</c>; null when it is none of them.</summary>
    public static SyncRemote? Parse(string text)
    {
        if (text.Length > MostChars || text.Any(IsUnseen)) return null;
        if (text.StartsWith("file://", StringComparison.Ordinal)) text = text["file://".Length..];
        if (text.StartsWith('/')) return PathOf(text) is { } directory ? new Local(directory) : null;
        var match = Url().Match(text) is { Success: true } url ? url : Scp().Match(text);
        if (!match.Success || PathOf(match.Groups["path"].Value) is not { } path || PortOf(match.Groups["port"]) is not { } port) return null;
        return new Ssh(match.Groups["user"] is { Success: true } user ? user.Value : null, match.Groups["host"].Value.ToLowerInvariant(), port, path);
    }

    private static int? PortOf(Group port) =>
        !port.Success ? Ssh.StandardPort : int.Parse(port.Value, CultureInfo.InvariantCulture) is var number and > 0 and < 65536 ? number : null;

    private static string? PathOf(string text)
    {
        var parts = text.Split('/', StringSplitOptions.RemoveEmptyEntries).ToList();
        return parts.Exists(p => p is "." or "..") ? null : "/" + string.Join('/', parts);
    }

    // Control characters, and those that turn text round or hide in it: a person has to see what is approved.
    private static bool IsUnseen(char c) => char.IsControl(c) || CharUnicodeInfo.GetUnicodeCategory(c) is UnicodeCategory.Format or UnicodeCategory.Surrogate or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator;

    /// <summary>A directory of this machine.</summary>
    public sealed record Local(string Directory) : SyncRemote
    {
        public override string Path => Directory;

        public override string ToString() => Directory;
    }

    /// <param name="User">Null: the name the hub runs under.</param>
    /// <param name="Host">A name or an IPv4 address, in small letters.</param>
    public sealed record Ssh(string? User, string Host, int Port, string Directory) : SyncRemote
    {
        public const int StandardPort = 22;

        public override string Path => Directory;

        public string Target => User is null ? Host : $"{User}@{Host}";

        public override string ToString() => $"ssh://{Target}{(Port == StandardPort ? "" : string.Create(CultureInfo.InvariantCulture, $":{Port}"))}{Directory}";
    }

    private const string Name = "(?:(?<user>[A-Za-z_][A-Za-z0-9_.-]{0,63})@)?(?<host>[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?)";

    [GeneratedRegex(@"\Assh://" + Name + @"(?::(?<port>[0-9]{1,5}))?(?<path>/.*)\z", RegexOptions.CultureInvariant)]
    private static partial Regex Url();

    [GeneratedRegex(@"\A" + Name + @":(?<path>/(?!/).*)\z", RegexOptions.CultureInvariant)]
    private static partial Regex Scp();
}
