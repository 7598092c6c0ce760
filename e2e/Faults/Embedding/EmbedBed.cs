using System.Net;
using System.Net.Sockets;
using ControlChat.App;
using ControlChat.Core.Accounts;
using ControlChat.Core.Hub;
using ControlChat.Core.Sessions;
using ControlChat.Core.Sessions.Terminals;
using ControlChat.Core.Sessions.Work;
using ControlChat.Core.Workspaces;
using ControlChat.SampleParent;
using ControlChat.Tests.App.Sessions.Streams;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace ControlChat.Faults.Embedding;

/// <summary>
/// A hub with one terminal session, whose terminal a test writes into, and the sample parent that embeds it. Hub and parent are different
/// sites for a browser: 127.0.0.1 and desk.localhost.
/// </summary>
public sealed class EmbedBed : IAsyncDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("controlchat-embed-");
    private readonly FakeTerminals _terminals = new();
    private FakeTerminal? _terminal;

    private EmbedBed()
    {
    }

    public ControlChatApp Hub { get; private set; } = null!;

    public SampleParentServer Parent { get; private set; } = null!;

    public string SessionId { get; private set; } = "";

    /// <summary>An API token of the session's owner, with all scopes.</summary>
    public string Token { get; private set; } = "";

    /// <summary>All that was typed so far.</summary>
    public string Typed => _terminal!.Typed;

    public string EmbedUrl => $"{Hub.Url}/embed/sessions/{SessionId}";

    private HubDatabase Database => Hub.Services.GetRequiredService<HubDatabase>();

    /// <param name="capabilities">What the sample parent's page may ask for beyond <c>status</c>.</param>
    public static async Task<EmbedBed> StartAsync(params string[] capabilities)
    {
        var bed = new EmbedBed();
        try
        {
            await bed.BeginAsync(capabilities);
            return bed;
        }
        catch
        {
            await bed.DisposeAsync();
            throw;
        }
    }

    public void Print(string text) => _terminal!.Print(text);

    /// <summary>The terminal's program is gone.</summary>
    public void Finish(string reason) => _terminal!.Add(TerminalFrames.Ended, new { reason, exit_code = 143 });

    /// <summary>The keys of embedded pages are over at once, as those are whose time has come.</summary>
    public async Task ExpireKeysAsync()
    {
        await using var transaction = await Database.BeginAsync(default);
        await transaction.ExecuteAsync("delete from session_tickets where purpose = 'embed'", null, default);
        await transaction.CommitAsync(default);
    }

    public async ValueTask DisposeAsync()
    {
        if (Parent is not null) await Parent.DisposeAsync();
        if (Hub is not null) await Hub.DisposeAsync();
        _folder.Delete(recursive: true);
    }

    private async Task BeginAsync(string[] capabilities)
    {
        // Each must know the other's address before it starts.
        var port = FreePort();
        var origin = $"http://desk.localhost:{port}";
        string[] grant = capabilities.Length == 0 ? [] : [$"--Embed:Capabilities:0:Origin={origin}", .. capabilities.Select((name, i) => $"--Embed:Capabilities:0:Allow:{i}={name}")];
        Hub = ControlChatApp.Create(
            ["--urls", "http://127.0.0.1:0", $"--Hub:DataDirectory={Path.Combine(_folder.FullName, "data")}", $"--Workspaces:Root={Path.Combine(_folder.FullName, "workspaces")}", $"--Embed:Origins:0={origin}", "--Limits:RequestsPerMinute=100000", .. grant],
            Configure);
        await Hub.StartAsync();
        var owner = await Hub.Services.GetRequiredService<AccountDirectory>().EnsureOwnerAsync("owner", default);
        (_, Token) = await Hub.Services.GetRequiredService<ApiTokens>().CreateAsync(owner.Id, new ApiTokenRequest("parent", TokenScopes.All), AccountActor.Hub, default);
        SessionId = await InsertAsync(owner.Id);
        _terminal = _terminals.Begin(SessionId);
        Parent = await SampleParentServer.StartAsync(new SampleParentSettings(Hub.Url, Token, SessionId, port, "desk.localhost"));
    }

    // No worker: it would look for the program behind the terminal.
    private void Configure(IServiceCollection services)
    {
        services.Replace(ServiceDescriptor.Singleton<ITerminals>(_terminals)).Replace(ServiceDescriptor.Singleton<IEndedTerminals>(_terminals));
        foreach (var worker in services.Where(s => s.ImplementationType == typeof(SessionWorker)).ToList()) services.Remove(worker);
    }

    private async Task<string> InsertAsync(string owner)
    {
        var (sessions, workspace) = (new SessionStore(), Ids.New(WorkspaceId.Prefix));
        var session = new Session
        {
            Id = Ids.New(Session.Prefix),
            WorkspaceId = workspace,
            OwnerId = owner,
            Mode = SessionMode.Terminal,
            Profile = "default",
            Command = """["bash"]""",
            RequestId = $"embed-{Credential.New()}",
            PrincipalKey = $"account:{owner}",
        };
        await using var transaction = await Database.BeginAsync(default);
        await new WorkspaceStore().InsertAsync(transaction, workspace, "Embedded", [], owner, null, default);
        await sessions.InsertAsync(transaction, session, default);
        await sessions.StartAsync(transaction, session.Id, "wrk_embed", transaction.Now.AddHours(1), SessionHandle.New(), transaction.Now.AddHours(1), default);
        await transaction.ExecuteAsync("update sessions set state = 'running' where id = @Id", new { session.Id }, default);
        await transaction.CommitAsync(default);
        return session.Id;
    }

    private static int FreePort()
    {
        using var socket = new TcpListener(IPAddress.Loopback, 0);
        socket.Start();
        return ((IPEndPoint)socket.LocalEndpoint).Port;
    }
}
