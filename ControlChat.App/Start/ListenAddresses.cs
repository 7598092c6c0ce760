using System.Net;
using ControlChat.Core.Sessions;
using ControlChat.Core.Settings;

namespace ControlChat.App.Start;

/// <summary>Where a process listens: <c>--urls</c>, else port 5080 on loopback; a worker where <c>Worker:Listen</c> says. For agents see <see cref="AgentListener"/>.</summary>
internal static class ListenAddresses
{
    public const string Default = "http://127.0.0.1:5080";

    /// <exception cref="StartException">As for <see cref="Of"/>.</exception>
    public static void ListenAt(this IWebHostBuilder host, ProcessMode mode, IConfiguration configuration, HubOptions options)
    {
        var worker = options.Worker.Listen;
        var urls = mode.Web ? Of(configuration, options) : worker is null ? [] : [worker];
        // Where Kestrel:Endpoints are set, Kestrel takes them in place of the addresses; a worker that people do not reach takes neither.
        var endpoints = urls.Length == 0 ? [] : Endpoints(configuration);
        var needsOwn = mode.Worker && !AgentListener.IsAmong(endpoints.Length > 0 ? endpoints : urls);
        host.UseUrls(needsOwn ? [.. urls, AgentListener.Own] : urls);
        host.ConfigureKestrel(k =>
        {
            if (urls.Length == 0) k.Configure();
            else if (needsOwn && endpoints.Length > 0) k.Listen(IPAddress.Loopback, 0);
        });
        host.ConfigureServices(s => s.AddSingleton(p => new AgentListener(mode, p.GetRequiredService<AgentAddress>(), needsOwn)));
    }

    /// <exception cref="StartException">An address is none, or is not loopback while one-time links sign people in; or the framework is told to believe anybody's forwarded headers.</exception>
    public static string[] Of(IConfiguration configuration, HubOptions options)
    {
        // Its middleware would run before everything here and put what a client says in place of the peer's address, so that anybody could be a known proxy.
        if (string.Equals(configuration["ForwardedHeaders_Enabled"], "true", StringComparison.OrdinalIgnoreCase))
            throw new StartException(ExitCode.Settings, "ASPNETCORE_FORWARDEDHEADERS_ENABLED is 'true'; unset it. Whose forwarded headers count is said by SignIn:Proxy:KnownProxies.");
        var urls = (configuration["urls"] is { Length: > 0 } text ? text : Default).Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        foreach (var url in urls.Concat(Endpoints(configuration))) Check(url, options.SignsInByLink());
        return urls;
    }

    private static string[] Endpoints(IConfiguration configuration) => [.. configuration.GetSection("Kestrel:Endpoints").GetChildren().Select(e => e["Url"] ?? "")];

    private static void Check(string url, bool loopbackOnly)
    {
        if (!Uri.TryCreate(url, UriKind.Absolute, out var uri) || (uri.Scheme != "http" && uri.Scheme != "https"))
        {
            // '+' and '*' mean every address to Kestrel and are no URI.
            if (loopbackOnly || !url.Contains("://", StringComparison.Ordinal)) throw new StartException(ExitCode.Settings, $"urls has '{url}'; use an address such as '{Default}'.");
            return;
        }
        if (loopbackOnly && !IsLoopback(uri))
            throw new StartException(ExitCode.Settings, $"urls has '{url}', which others can reach; while SignIn:Link is on the hub listens on 127.0.0.1, [::1] or localhost only.");
    }

    private static bool IsLoopback(Uri uri) => uri.Host == "localhost" || (IPAddress.TryParse(uri.Host.Trim('[', ']'), out var address) && IPAddress.IsLoopback(address));
}
