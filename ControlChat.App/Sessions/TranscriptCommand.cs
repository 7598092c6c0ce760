using System.Globalization;
using ControlChat.App.Commands;
using ControlChat.App.Start;
using ControlChat.Core.Sessions.Transcripts;

namespace ControlChat.App.Sessions;

/// <summary>Transcripts from the command line: of a session of this hub, or a file that was downloaded.</summary>
internal sealed class TranscriptCommand : ICommand
{
    public string Name => "transcript";

    public IReadOnlyList<string> Usage { get; } = ["transcript verify SESSION", "transcript verify --file FILE"];

    public async Task<int> RunAsync(CommandLine line, CommandOutput output, CancellationToken cancellationToken)
    {
        line.Allow("file");
        var verdict = (line.Words, line["file"]) switch
        {
            ([_, "verify"], { } path) => await OfFileAsync(path, cancellationToken),
            ([_, "verify", var session], null) => await OfSessionAsync(line, session, cancellationToken),
            _ => throw new StartException(ExitCode.Usage, string.Join(Environment.NewLine, Usage)),
        };
        await output.Out.WriteLineAsync(Text(verdict));
        return verdict.Ok ? ExitCode.Done : ExitCode.Failed;
    }

    private static Task<TranscriptVerdict> OfFileAsync(string path, CancellationToken cancellationToken) => File.Exists(path)
        ? TranscriptVerifier.VerifyAsync(path, cancellationToken)
        : throw new StartException(ExitCode.Failed, $"There is no file '{path}'.");

    private static async Task<TranscriptVerdict> OfSessionAsync(CommandLine line, string id, CancellationToken cancellationToken)
    {
        await using var hub = await AdminHub.OpenAsync(line, cancellationToken);
        return await hub.Services.GetRequiredService<SessionTranscripts>().FindAsync(id, cancellationToken) switch
        {
            null => throw new StartException(ExitCode.Failed, $"There is no session '{id}'."),
            { IsRemoved: true } => throw new StartException(ExitCode.Failed, $"The transcript of '{id}' is not kept any more (Sessions:TranscriptDays)."),
            var transcript => await transcript.VerifyAsync(cancellationToken),
        };
    }

    private static string Text(TranscriptVerdict verdict) => verdict.Ok
        ? string.Create(CultureInfo.InvariantCulture, $"ok records={verdict.Records} last={verdict.LastSeq}{Place(verdict)}")
        : string.Create(CultureInfo.InvariantCulture, $"bad seq={verdict.FirstBadSeq} problem={verdict.Problem}");

    private static string Place(TranscriptVerdict verdict) => verdict.Source switch
    {
        "rows" => " from the database: no file of it is here",
        "archive" => " from the archive in the database: no whole file of it is here",
        _ => "",
    };
}
