using System.Globalization;
using System.Text;
using ControlChat.Core.Sessions.Terminals;
using ControlChat.Core.Sessions.Terminals.Records;
using ControlChat.Core.Sessions.Transcripts;
using ControlChat.Core.Settings;
using ControlChat.Core.Telemetry;
using Microsoft.Extensions.Logging.Abstractions;

namespace ControlChat.Tests.Core.Sessions.Terminals;

/// <summary>Transcripts of terminals in one folder, as one process has them.</summary>
internal sealed class RecordBed
{
    public const string Session = "ags_terminal";

    public RecordBed(string directory, TimeProvider? time = null)
    {
        var paths = new HubPaths(directory, $"{directory}-w", $"{directory}-w/local", $"{directory}-c");
        Records = new TerminalRecords(paths, Redactor, time ?? TimeProvider.System, NullLogger<TerminalRecord>.Instance);
    }

    public Redactor Redactor { get; } = new();

    public TerminalRecords Records { get; }

    public IReadOnlyList<string> Parts => TranscriptFile.Parts(Records.FolderOf(Session));

    /// <summary>All that is on disk, all parts together.</summary>
    public byte[] File => [.. Parts.SelectMany(System.IO.File.ReadAllBytes)];

    public Task<ITerminalRecord> OpenAsync() => Records.OpenAsync(Session, default);

    public async Task<IReadOnlyList<TerminalFrame>> ReadAsync(long after = 0)
    {
        var frames = new List<TerminalFrame>();
        await foreach (var frame in Records.ReadAsync(Session, after, default)) frames.Add(frame);
        return frames;
    }

    public static TerminalFrame Out(long seq, string text) => Out(seq, Encoding.Latin1.GetBytes(text));

    public static TerminalFrame Out(long seq, byte[] data) => new(seq, DateTimeOffset.UnixEpoch.AddSeconds(seq), TerminalFrames.Out, data);

    public static TerminalFrame In(long seq, string text) =>
        Other(seq, TerminalFrames.In, string.Create(CultureInfo.InvariantCulture, $$"""{"data":"{{Convert.ToBase64String(Encoding.Latin1.GetBytes(text))}}","account":"acc_1"}"""));

    public static TerminalFrame Ended(long seq) => Other(seq, TerminalFrames.Ended, """{"reason":"completed","exit_code":0}""");

    public static TerminalFrame Other(long seq, string type, string data) => new(seq, DateTimeOffset.UnixEpoch.AddSeconds(seq), type, Encoding.UTF8.GetBytes(data));

    public static string Text(TerminalFrame frame) => Encoding.Latin1.GetString(frame.Data.Span);
}
