using ControlChat.Faults.Embedding;

namespace ControlChat.Faults;

/// <summary>One thing that goes wrong on purpose, many times, and what must hold anyway.</summary>
public abstract class Fault
{
    public abstract string Id { get; }

    public abstract string Title { get; }

    /// <summary>How often it is tried by the long form.</summary>
    public abstract int Trials { get; }

    /// <summary>How often it is tried with every run of the tests: a few seconds' worth.</summary>
    public abstract int ShortTrials { get; }

    /// <summary>What it can run on, the usual first: <c>sqlite</c> is one process, <c>postgres</c> is two nodes with PostgreSQL and Redis.</summary>
    public virtual IReadOnlyList<string> Stores => [FaultRun.Sqlite];

    public abstract Task RunAsync(FaultRun run);

    public static IReadOnlyList<Fault> All { get; } =
    [
        new KilledWhileActing(),
        new SameAnswerTwice(),
        new StalePlans(),
        new LostBus(),
        new LostBusUnderAgents(),
        new DroppedReaders(),
        new DroppedPages(),
        new DroppedStreams(),
        new LostDatabase(),
        new KilledDatabase(),
        new DiskTrouble(),
        new TamperedRecord(),
        new MalformedInput(),
        new MalformedMcp(),
        new MalformedStream(),
        new MalformedMessages(),
        new EscapedPaths(),
        new InjectedInstructions(),
        new HostileAgents(),
        new SessionsEndedAnyhow(),
        new TerminalTrouble(),
        new RestartedUnderPages(),
        new Soak(),
    ];
}
