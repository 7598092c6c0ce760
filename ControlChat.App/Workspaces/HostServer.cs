using ControlChat.Core.Hub;
using ControlChat.Core.Workspaces.Hosts;

namespace ControlChat.App.Workspaces;

/// <param name="ActionId">The action that ordered it.</param>
internal sealed record HostAnswer(string WorkspaceId, string ActionId, int Pid);

/// <summary>
/// Says on a socket that the host is well. It reads no settings: it stands in the workspace's directory, where other people's files lie.
/// A host that no hub has asked for the length of its lease ends itself, so that none outlives its hub for long.
/// </summary>
internal static class HostServer
{
    private static readonly TimeSpan Look = TimeSpan.FromSeconds(5);

    public static async Task RunAsync(HostAnswer answer, string socket, TimeProvider time, CancellationToken cancellationToken)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions { ContentRootPath = AppContext.BaseDirectory });
        builder.WebHost.UseKestrelCore().ConfigureKestrel(k => k.ListenUnixSocket(socket));
        await using var web = builder.Build();
        var asked = time.GetTimestamp();
        web.Run(context =>
        {
            Interlocked.Exchange(ref asked, time.GetTimestamp());
            context.Response.StatusCode = context.Request.Path == "/health" ? 200 : 404;
            return context.Response.StatusCode == 200 ? context.Response.WriteAsJsonAsync(answer, Json.Wire) : Task.CompletedTask;
        });
        await web.StartAsync(cancellationToken);
        using var over = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var leased = EndWithLeaseAsync(() => Interlocked.Read(ref asked), time, web.Lifetime, over.Token);
        await web.WaitForShutdownAsync(cancellationToken);
        await over.CancelAsync();
        await leased;
    }

    private static async Task EndWithLeaseAsync(Func<long> asked, TimeProvider time, IHostApplicationLifetime lifetime, CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(Look, time);
        try
        {
            while (await timer.WaitForNextTickAsync(cancellationToken))
            {
                if (time.GetElapsedTime(asked()) > HostNode.Lease) lifetime.StopApplication();
            }
        }
        catch (OperationCanceledException)
        {
            // The end came first.
        }
    }
}
