namespace ControlChat.Core.Sessions.Terminals.Records;

/// <summary>The parts of a transcript, wherever they lie.</summary>
internal interface IRecordParts
{
    int Count { get; }

    Task<Stream> OpenAsync(int number, CancellationToken cancellationToken);
}
