using System.Diagnostics;
using System.Text;
using ControlChat.Core.Sessions;
using ControlChat.Core.Sessions.Containment;
using ControlChat.Core.Sessions.Terminals;
using ControlChat.Core.Sessions.Terminals.Hosts;
using ControlChat.Core.Sessions.Terminals.Records;
using ControlChat.Core.Settings;
using ControlChat.Core.Telemetry;
using ControlChat.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace ControlChat.Tests.Core.Sessions.Terminals;

/// <summary>A shell in a terminal of this machine, in its namespace, on record on disk.</summary>
public sealed class RealTerminalTests
{
    [Fact]
    public async Task A_panic_leaves_nothing_of_it_within_two_seconds_and_its_transcript_is_whole()
    {
        var word = "panic-" + Guid.NewGuid().ToString("n");
        await using var hub = await TerminalHub.StartRealAsync(p => new PtyHost(p.GetRequiredService<AgentProcesses>(), TimeProvider.System), RecordsOf);
        Assert.SkipWhen(await hub.Hub.Services.GetRequiredService<AgentProcesses>().FaultAsync(default) is not null, "No namespace can be made here.");
        var (id, _) = await hub.BeginAsync();
        await using var view = await hub.JoinAsync(id);
        await using var reading = view.ReadAsync(0, default).GetAsyncEnumerator();
        var text = "";
        // What ignores every wish, and what left the terminal.
        Assert.True(await view.WriteAsync(Encoding.UTF8.GetBytes($"trap '' HUP TERM INT; setsid bash -c 'exec -a {word} sleep 600' & bash -c 'exec -a {word} sleep 600' & echo re''ady\r"), default));
        while (!text.Contains("ready", StringComparison.Ordinal) && await reading.MoveNextAsync())
            if (reading.Current.Type == "out") text += Encoding.UTF8.GetString(reading.Current.Data.Span);
        await Waiting.UntilAsync(() => BoxBed.Living(word) > 0);
        var since = Stopwatch.GetTimestamp();
        Assert.Equal(200, (await TestHub.PostAsync(hub.Hub.Browser, "/api/v1/sessions/panic-stop", new { scope = "mine" })).Status);
        await Waiting.UntilAsync(() => BoxBed.Living(word) == 0);
        Assert.InRange(Stopwatch.GetElapsedTime(since), TimeSpan.Zero, TimeSpan.FromSeconds(2));
        var last = reading.Current;
        while (await reading.MoveNextAsync()) last = reading.Current;
        Assert.Contains("\"reason\":\"panic\"", Encoding.UTF8.GetString(last.Data.Span), StringComparison.Ordinal);
        await hub.UntilAsync(id, SessionState.Ended);
        // Whoever opens it next finds all of it: the worker has let it go.
        var records = RecordsOf(hub.Hub.Services);
        await using var record = await Waiting.ForAsync(async () =>
        {
            try
            {
                return await records.OpenAsync(id, default);
            }
            catch (IOException)
            {
                return null;
            }
        });
        var kept = new List<TerminalFrame>();
        await foreach (var frame in record.ReadAsync(0, default)) kept.Add(frame);
        Assert.Equal(TerminalFrames.Ended, kept[^1].Type);
        Assert.Equal(last.Seq, kept[^1].Seq);
        Assert.Contains(kept, f => f.Type == TerminalFrames.In);
        Assert.Contains("ready", string.Concat(kept.Where(f => f.Type == TerminalFrames.Out).Select(f => Encoding.UTF8.GetString(f.Data.Span))), StringComparison.Ordinal);
    }

    private static TerminalRecords RecordsOf(IServiceProvider services) => new(
        services.GetRequiredService<HubPaths>(), services.GetRequiredService<Redactor>(), TimeProvider.System, new CapturingLogger<TerminalRecord>());
}
