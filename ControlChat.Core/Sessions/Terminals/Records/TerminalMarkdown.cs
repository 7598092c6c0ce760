using System.Globalization;
using System.Text;
using ControlChat.Core.Hub;
using ControlChat.Core.Sessions.Transcripts;

namespace ControlChat.Core.Sessions.Terminals.Records;

/// <summary>A terminal's transcript as Markdown: its lines in fences, so that none of them is a heading of ours.</summary>
internal static class TerminalMarkdown
{
    private const int BlockLines = 200;

    /// <param name="frames">All of it.</param>
    public static async Task WriteAsync(Session session, IAsyncEnumerable<TerminalFrame> frames, Stream output, CancellationToken cancellationToken)
    {
        await output.WriteAsync(Encoding.UTF8.GetBytes(TranscriptMarkdown.Head(session)), cancellationToken);
        var (reading, block) = (new TerminalText(), new List<ReadableLine>());
        TerminalFrame? last = null;
        await foreach (var frame in frames.WithCancellation(cancellationToken))
        {
            last = frame;
            foreach (var line in reading.Push(frame)) await TakeAsync(line);
        }
        foreach (var line in last is null ? [] : reading.Finish(last)) await TakeAsync(line);
        await GiveAsync();

        async Task TakeAsync(ReadableLine line)
        {
            if (block.Count >= BlockLines || (block.Count > 0 && block[0].Kind != line.Kind)) await GiveAsync();
            block.Add(line);
        }

        async Task GiveAsync()
        {
            if (block.Count > 0) await output.WriteAsync(Encoding.UTF8.GetBytes(Block(block)), cancellationToken);
            block.Clear();
        }
    }

    private static string Block(List<ReadableLine> block)
    {
        var title = block[0].Kind switch
        {
            TerminalFrames.In => "Typed",
            TerminalFrames.System => "Told",
            _ => "Printed",
        };
        return string.Create(CultureInfo.InvariantCulture, $"\n### {title}, {Timestamps.Format(block[0].At)}\n\n{TranscriptMarkdown.Fence("text", string.Join('\n', block.Select(l => l.Text)))}\n");
    }
}
