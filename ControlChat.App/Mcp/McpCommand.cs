using ControlChat.App.Commands;
using ControlChat.App.Start;

namespace ControlChat.App.Mcp;

/// <summary>
/// The tools of a workspace on standard streams, for clients that start a program: a relay to the hub's <c>/mcp/workspace</c>, which opens
/// no database. The session's token comes from <c>AGENT_JWT_TOKEN</c> alone: a command line is for everybody on the machine to see.
/// </summary>
internal sealed class McpCommand : ICommand
{
    private const string TokenVariable = "AGENT_JWT_TOKEN";

    // As much as the hub takes with its usual settings, and room for more.
    private const int MostBytes = 16 * 1024 * 1024;
    private static readonly TimeSpan Connecting = TimeSpan.FromSeconds(10);

    public string Name => "mcp";

    public IReadOnlyList<string> Usage { get; } = ["mcp [--url http://127.0.0.1:5080]"];

    public async Task<int> RunAsync(CommandLine line, CommandOutput output, CancellationToken cancellationToken)
    {
        line.Allow("url");
        if (line.Words.Count != 1) throw new StartException(ExitCode.Usage, Usage[0]);
        var token = Environment.GetEnvironmentVariable(TokenVariable) is { Length: > 0 } given ? given.Trim()
            : throw new StartException(ExitCode.Settings, $"No agent token found. Put the session's token into the environment variable {TokenVariable}.");
        var hub = AddressOf(line);
        if (hub is { Scheme: "http", IsLoopback: false }) await output.Error.WriteLineAsync($"The token travels to {hub.Host} without TLS.");
        // A redirect would take the token elsewhere.
        using var handler = new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false, UseProxy = !hub.IsLoopback, ConnectTimeout = Connecting };
        using var http = new HttpClient(handler) { Timeout = Timeout.InfiniteTimeSpan };
        await using var input = Console.OpenStandardInput();
        await using var answers = Console.OpenStandardOutput();
        using var writing = new StdioOutput(answers);
        using var relay = new StdioRelay(new HubMcpClient(http, new Uri(hub, "mcp/workspace"), token), new StdioFrames(input, MostBytes), writing, output.Error, TimeProvider.System);
        try
        {
            await relay.RunAsync(cancellationToken);
        }
        catch (IOException)
        {
            // Nobody reads the answers any more.
        }
        return ExitCode.Done;
    }

    private static Uri AddressOf(CommandLine line)
    {
        if (line["url"] is { } named) return Read(named) ?? throw new StartException(ExitCode.Usage, $"--url is '{named}'; use an absolute http(s) URL.");
        var settings = HubConfigurationSource.Load(line.Settings);
        var known = settings.Options.Hub.PublicUrl ?? (RunFile.Read(settings.Paths.DataDirectory) is { HasPages: true } run ? run.Url : null);
        return Read(known) ?? throw new StartException(ExitCode.NoHub, $"No hub is running on '{settings.Paths.DataDirectory}'. Start it, or name its address with --url.");
    }

    private static Uri? Read(string? text) => Uri.TryCreate(text?.TrimEnd('/') + "/", UriKind.Absolute, out var uri) && (uri.Scheme is "http" or "https") ? uri : null;
}
