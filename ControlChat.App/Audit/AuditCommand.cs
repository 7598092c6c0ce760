using System.Globalization;
using ControlChat.App.Commands;
using ControlChat.App.Start;
using ControlChat.Core.Audit;
using ControlChat.Core.Hub;

namespace ControlChat.App.Audit;

/// <summary>The record from the command line, beside a running hub or with nothing but its files.</summary>
internal sealed class AuditCommand : ICommand
{
    public string Name => "audit";

    public IReadOnlyList<string> Usage { get; } =
    [
        "audit verify [--file EXPORT] [--checkpoints FILE] [--public-key FILE]",
        "audit export --format jsonl|csv [--from SEQ] [--to SEQ] [--output FILE]",
        "audit public-key",
    ];

    public Task<int> RunAsync(CommandLine line, CommandOutput output, CancellationToken cancellationToken) => line.Words switch
    {
        [_, "verify"] => VerifyAsync(line, output, cancellationToken),
        [_, "export"] => ExportAsync(line, output, cancellationToken),
        [_, "public-key"] => PublicKeyAsync(line, output),
        _ => throw new StartException(ExitCode.Usage, string.Join(Environment.NewLine, Usage)),
    };

    private static async Task<int> VerifyAsync(CommandLine line, CommandOutput output, CancellationToken cancellationToken)
    {
        line.Allow("file", "checkpoints", "public-key");
        var pinned = Pinned(line["public-key"]);
        var checkpoints = Existing(line["checkpoints"]);
        var verdict = Existing(line["file"]) is { } export
            ? await ExportVerifier.VerifyAsync(export, checkpoints, pinned, cancellationToken) ?? throw new StartException(ExitCode.Failed, $"'{export}' is no export of the record in JSONL.")
            : await VerifyRecordAsync(line, checkpoints, pinned, cancellationToken);
        await output.Out.WriteLineAsync(Text(verdict));
        if (verdict is { Pinned: false, KeyId: { } key }) await output.Out.WriteLineAsync($"key {key} not pinned");
        return verdict.Ok ? ExitCode.Done : ExitCode.Failed;
    }

    // Opens the file as it is, without applying a schema: a copy of the hub's directory is enough, and nothing in it is changed.
    private static async Task<VerifyResult> VerifyRecordAsync(CommandLine line, string? checkpoints, PublicKey? pinned, CancellationToken cancellationToken)
    {
        var place = HubConfigurationSource.Load(line.Settings).Place;
        if (place.ConnectionString is null) Existing(Path.Combine(place.DataDirectory, "hub.db"));
        await using var services = Rows(place);
        var places = Places(line, services);
        var database = services.GetRequiredService<HubDatabase>();
        var signed = checkpoints is null ? await CheckpointChain.Of(places, database).LinesAsync(cancellationToken) : CheckpointFile.Lines(checkpoints);
        return await new RecordVerifier(database).VerifyAsync(signed, pinned ?? SigningKey.PublicOf(places), pinned is not null, null, cancellationToken);
    }

    private static async Task<int> ExportAsync(CommandLine line, CommandOutput output, CancellationToken cancellationToken)
    {
        line.Allow("format", "from", "to", "output");
        var format = line.Need("format");
        if (!ExportRequest.Formats.Contains(format)) throw new StartException(ExitCode.Usage, $"--format is '{format}'; use jsonl or csv.");
        var request = new ExportRequest(format, AuditFilter.None, Seq(line, "from"), Seq(line, "to"));
        await using var hub = await AdminHub.OpenAsync(line, cancellationToken);
        await using var target = Target(line["output"], output.Out);
        // Whoever may run this may read the files; the record says that it was done here.
        await hub.Services.GetRequiredService<AuditExport>().WriteAsync(target, request, new AuditViewer("", SeesAll: true), new AuditActor(null, null, null, "cli"), cancellationToken);
        return ExitCode.Done;
    }

    private static async Task<int> PublicKeyAsync(CommandLine line, CommandOutput output)
    {
        line.Allow();
        await using var services = Rows(HubConfigurationSource.Load(line.Settings).Place);
        var key = SigningKey.PublicOf(Places(line, services)) ?? throw new StartException(ExitCode.Failed, "This hub has no signing key yet. Start it once.");
        await output.Out.WriteAsync(key.Pem);
        return ExitCode.Done;
    }

    /// <summary>One line: <c>ok rows=N last=SEQ checkpoints=N</c>, or <c>bad seq=N problem=CODE</c>.</summary>
    public static string Text(VerifyResult verdict) => verdict switch
    {
        { Ok: false } => string.Create(CultureInfo.InvariantCulture, $"bad seq={verdict.FirstBadSeq} problem={verdict.Problem}"),
        { Filtered: true } => string.Create(CultureInfo.InvariantCulture, $"ok rows={verdict.Rows} filtered"),
        _ => string.Create(CultureInfo.InvariantCulture, $"ok rows={verdict.Rows} last={verdict.LastSeq} checkpoints={verdict.Checkpoints}"),
    };

    private static ServiceProvider Rows(HubPlace place) => new ServiceCollection().AddSingleton(TimeProvider.System).AddHub(_ => place).BuildServiceProvider();

    private static AuditPlaces Places(CommandLine line, ServiceProvider rows)
    {
        var paths = HubConfigurationSource.Load(line.Settings).Paths;
        return new AuditPlaces(paths.DataDirectory, paths.CheckpointDirectory) { SharedKeys = rows.GetRequiredService<HubKeyring>().Shared };
    }

    /// <summary>The key in a file given on the command line; null when none is.</summary>
    public static PublicKey? Pinned(string? path) => Existing(path) is not { } file ? null
        : PublicKey.Parse(File.ReadAllText(file)) ?? throw new StartException(ExitCode.Usage, $"'{path}' is not the PEM of a P-256 public key.");

    private static string? Existing(string? path) =>
        path is null || File.Exists(path) ? path : throw new StartException(ExitCode.Failed, $"There is no file '{path}'.");

    private static long? Seq(CommandLine line, string option) => line[option] is not { } text ? null
        : long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var seq) && seq > 0 ? seq : throw new StartException(ExitCode.Usage, $"--{option} is '{text}'; use a row's number.");

    private static Stream Target(string? path, TextWriter output) => path is null ? new TextWriterStream(output)
        : new FileStream(path, new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write, UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite });
}
