using ControlChat.Faults;
using Xunit;

namespace ControlChat.Journeys;

/// <summary>The short form of every fault: the same code as <c>dotnet run --project e2e/Faults</c>, with few trials.</summary>
public sealed class FaultTests(ITestOutputHelper output)
{
    public static TheoryData<string, string> Each => [.. Fault.All.SelectMany(f => f.Stores, (f, store) => (f.Id, store))];

    [Theory]
    [MemberData(nameof(Each))]
    public async Task Holds_in_the_short_form(string id, string store)
    {
        var fault = Fault.All.Single(f => f.Id == id);
        var run = await FaultProgram.RunAsync(fault, store, Random.Shared.Next(1, 1_000_000), fault.ShortTrials, output.WriteLine);
        Assert.True(run.Breaches.Count == 0, $"{fault.Id} {fault.Title}\n{run.Summary}");
    }
}
