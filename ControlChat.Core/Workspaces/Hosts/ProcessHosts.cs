using System.Globalization;
using System.Net.Sockets;
using ControlChat.Core.Processes;
using ControlChat.Core.Settings;

namespace ControlChat.Core.Workspaces.Hosts;

/// <summary>
/// Hosts as processes of this machine: one for each workspace, in its directory, in a process group of its own, with an environment built
/// from nothing. It answers on a socket in <c>{DataDirectory}/hosts</c>, which only this user can enter.
/// </summary>
public sealed class ProcessHosts(IHubSettings settings, HostProgram program, TimeProvider time) : IHostDriver
{
    private const string Workspace = "--workspace";
    private const string Action = "--action";
    private const string Socket = "--socket";
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    // sockaddr_un holds 108 bytes with a zero at the end: man 7 unix.
    private const int LongestSocket = 107;
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan MostToAnswer = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan MostToSay = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    private string Folder => Path.Combine(settings.Paths.DataDirectory, "hosts");

    public async Task StartAsync(HostOrder order, CancellationToken cancellationToken)
    {
        var running = Of(order.WorkspaceId).FirstOrDefault(p => p.Option(Action) == order.ActionId);
        LongProcess? started = null;
        if (running is null)
        {
            await StopAsync(order.WorkspaceId, cancellationToken);
            started = Launch(order);
        }
        if (await ComesUpAsync(order, started, cancellationToken)) return;
        await StopAsync(order.WorkspaceId, cancellationToken);
        throw new HostFailedException(started is { Exited.IsCompleted: true, Complaint: { Length: > 0 } complaint } ? $"The host ended at once: {LastLine(complaint)}" : "The host did not answer in time.");
    }

    public async Task StopAsync(string workspaceId, CancellationToken cancellationToken)
    {
        foreach (var process in Of(workspaceId))
        {
            if (!await ProcessGroup.StopAsync(process, Grace, time, cancellationToken)) throw new HostFailedException("The host did not end, though it was killed.");
        }
        if (Directory.Exists(Folder)) File.Delete(SocketOf(workspaceId));
    }

    public async Task<bool> AnswersAsync(string workspaceId, string actionId, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(MostToSay, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, limit.Token);
        try
        {
            using var client = ClientOf(SocketOf(workspaceId));
            using var answer = await client.GetAsync(new Uri("http://host/health"), either.Token);
            return answer.IsSuccessStatusCode && (await answer.Content.ReadAsStringAsync(either.Token)).Contains($"\"{actionId}\"", StringComparison.Ordinal);
        }
        catch (Exception e) when (e is HttpRequestException or IOException or SocketException || (e is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            return false;
        }
    }

    // Where no host was ever started, nothing is looked through.
    public Task<IReadOnlyList<RunningHost>> ListAsync(CancellationToken cancellationToken) =>
        Task.FromResult<IReadOnlyList<RunningHost>>(!Directory.Exists(Folder) ? [] : [.. ProcessTable.With(Workspace)
            .Where(p => p.Option(Workspace) is { } id && p.Option(Socket) == SocketOf(id))
            .Select(p => new RunningHost(p.Option(Workspace)!, p.Option(Action) ?? ""))]);

    // Others may name the socket too: somebody's curl, an editor that looks at the folder.
    private IReadOnlyList<ProcessEntry> Of(string workspaceId) =>
        [.. ProcessTable.With(SocketOf(workspaceId)).Where(p => p.Option(Socket) == SocketOf(workspaceId) && p.Option(Workspace) == workspaceId)];

    private LongProcess Launch(HostOrder order)
    {
        Directory.CreateDirectory(Folder, OwnerOnly);
        var socket = SocketOf(order.WorkspaceId);
        if (System.Text.Encoding.UTF8.GetByteCount(socket) > LongestSocket) throw new HostFailedException("The path of the data directory is too long for a host's socket; set a shorter Hub:DataDirectory.");
        return LongProcess.Start(new ProcessOrder(
            program.File, [.. program.Arguments, Workspace, order.WorkspaceId, Action, order.ActionId, Socket, socket],
            Path.Combine(settings.Paths.WorkspacesRoot, order.WorkspaceId), Environment(order.Size)));
    }

    private async Task<bool> ComesUpAsync(HostOrder order, LongProcess? started, CancellationToken cancellationToken)
    {
        var since = time.GetTimestamp();
        while (!await AnswersAsync(order.WorkspaceId, order.ActionId, cancellationToken))
        {
            if (started is { Exited.IsCompleted: true } || time.GetElapsedTime(since) > MostToAnswer) return false;
            await Task.Delay(Pause, time, cancellationToken);
        }
        return true;
    }

    // Short, because a socket's path is; the end of an id is its random part, and the answer names the order anyway.
    private string SocketOf(string workspaceId) => Path.Combine(Folder, workspaceId[^12..] + ".sock");

    private static HttpClient ClientOf(string socket) => new(new SocketsHttpHandler
    {
        ConnectCallback = async (_, cancellationToken) =>
        {
            var connection = new System.Net.Sockets.Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            try
            {
                await connection.ConnectAsync(new UnixDomainSocketEndPoint(socket), cancellationToken);
                return new NetworkStream(connection, ownsSocket: true);
            }
            catch
            {
                connection.Dispose();
                throw;
            }
        },
    });

    // The size bounds the heap; where .NET lives is the only thing it has to be told.
    private static Dictionary<string, string> Environment(string size)
    {
        var megabytes = size switch { HostSize.Medium => 512, HostSize.Large => 1024, _ => 256 };
        var environment = new Dictionary<string, string>
        {
            ["PATH"] = System.Environment.GetEnvironmentVariable("PATH") ?? "/usr/bin:/bin",
            ["DOTNET_GCHeapHardLimit"] = (megabytes * 1024L * 1024L).ToString("x", CultureInfo.InvariantCulture),
        };
        if (System.Environment.GetEnvironmentVariable("DOTNET_ROOT") is { Length: > 0 } root) environment["DOTNET_ROOT"] = root;
        return environment;
    }

    private static string LastLine(string text) => text.Split('\n', StringSplitOptions.RemoveEmptyEntries)[^1].Trim();
}
