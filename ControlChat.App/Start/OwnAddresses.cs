using ControlChat.Core.Settings;

namespace ControlChat.App.Start;

/// <summary>
/// The addresses that are this hub, for the Host and Origin checks: those listened on, localhost and 127.0.0.1 with the same ports,
/// and <c>Hub:PublicUrl</c>. Filled when the hub listens; before that no host is right.
/// </summary>
public sealed class OwnAddresses(IHubSettings settings)
{
    private static readonly string[] LoopbackNames = ["localhost", "127.0.0.1", "[::1]"];
    private volatile HashSet<string> _hosts = [];
    private volatile HashSet<string> _origins = [];
    private string _first = "";

    /// <summary>The address for people: <c>Hub:PublicUrl</c>, else the first one listened on; no slash at the end.</summary>
    public string PublicUrl => settings.Current.Hub.PublicUrl?.TrimEnd('/') ?? _first;

    /// <summary>The first address listened on, no slash at the end.</summary>
    public string Listening => _first;

    /// <summary>Whether cookies must be Secure: people come over TLS, here or at a proxy.</summary>
    public bool IsTls => PublicUrl.StartsWith("https:", StringComparison.Ordinal);

    /// <summary>Whether others than this machine reach an address listened on.</summary>
    public bool IsOpen { get; private set; }

    public void Fill(IEnumerable<string> listening)
    {
        var told = listening.ToList();
        var uris = told.Select(Uri => new Uri(Uri.Replace("//+", "//localhost", StringComparison.Ordinal).Replace("//*", "//localhost", StringComparison.Ordinal))).ToList();
        IsOpen = told.Zip(uris).Any(u => !u.Second.IsLoopback || u.First.Contains("//+", StringComparison.Ordinal) || u.First.Contains("//*", StringComparison.Ordinal));
        _first = uris.Count == 0 ? "" : Origin(uris[0]);
        var all = uris.Concat(uris.SelectMany(Aliases)).ToList();
        if (settings.Current.Hub.PublicUrl is { } url) all.Add(new Uri(url));
        _hosts = all.Select(Host).ToHashSet(StringComparer.OrdinalIgnoreCase);
        _origins = all.Select(Origin).ToHashSet(StringComparer.OrdinalIgnoreCase);
    }

    /// <param name="host">The Host header, with its port when it has one.</param>
    public bool IsOwnHost(string? host) => host is not null && _hosts.Contains(host);

    /// <summary>One of the hub's own that names this machine: <c>Hub:PublicUrl</c>'s does not, unless it is such a name.</summary>
    public bool IsLoopbackHost(string? host) => IsOwnHost(host) && LoopbackNames.Contains(new HostString(host!).Host, StringComparer.OrdinalIgnoreCase);

    /// <summary>The Origin is this hub's, and names the same host as the request.</summary>
    public bool IsOwnOrigin(string origin, string? host) =>
        _origins.Contains(origin) && host is not null && origin.EndsWith("//" + host, StringComparison.OrdinalIgnoreCase);

    private static IEnumerable<Uri> Aliases(Uri uri) => LoopbackNames.Select(name => new Uri($"{uri.Scheme}://{name}:{uri.Port}"));

    // Default ports are absent from Host and Origin.
    private static string Host(Uri uri) => uri.IsDefaultPort ? uri.Host : $"{uri.Host}:{uri.Port}";

    private static string Origin(Uri uri) => $"{uri.Scheme}://{Host(uri)}";
}
