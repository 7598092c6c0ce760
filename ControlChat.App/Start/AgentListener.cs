using ControlChat.App.Api;
using ControlChat.Core.Sessions;

namespace ControlChat.App.Start;

/// <summary>
/// Where the agents that this process starts reach it: an http address on loopback, because an agent's namespace has the machine's network
/// and no certificate of the hub's. The first such address people use, or one of the agents' own on a free port, which serves agents' routes and nothing else.
/// </summary>
/// <param name="needsOwn">None of the addresses people use is fit.</param>
internal sealed class AgentListener(ProcessMode mode, AgentAddress address, bool needsOwn)
{
    /// <summary>Beside the people's addresses where none of them is fit.</summary>
    public const string Own = "http://127.0.0.1:0";

    private int _port;

    /// <summary>Whether agents can use one of these addresses.</summary>
    public static bool IsAmong(IEnumerable<string> urls) => urls.Any(static u => Fit(u) is not null);

    /// <summary>Told once where the process listens.</summary>
    /// <returns>The addresses that are for people.</returns>
    public IReadOnlyList<string> Fill(IReadOnlyList<string> listening)
    {
        var found = mode.Worker ? listening.FirstOrDefault(static u => Fit(u) is not null) : null;
        if (found is not null)
        {
            _port = Fit(found)!.Port;
            address.Url = $"http://127.0.0.1:{_port}";
        }
        // No other of them is fit when it needs its own.
        return needsOwn ? [.. listening.Where(u => u != found)] : listening;
    }

    /// <summary>The request came in by the agents' own address.</summary>
    public bool IsOwn(HttpContext context) => needsOwn && _port != 0 && context.Connection.LocalPort == _port;

    /// <summary>An agent of this machine asks, at the address it was given. No browser does: it would say where its page is from.</summary>
    public bool IsAgentsCall(HttpContext context) =>
        _port != 0 && context.Connection.LocalPort == _port && context.IsOfThisMachine() && context.Request.Host.Value == $"127.0.0.1:{_port}" && !context.Request.Headers.ContainsKey("Origin");

    private static Uri? Fit(string url) => Uri.TryCreate(url, UriKind.Absolute, out var uri) && uri.Scheme == "http" && (uri.Host is "127.0.0.1" or "localhost") ? uri : null;
}
