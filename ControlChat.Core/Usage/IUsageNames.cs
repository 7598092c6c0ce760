namespace ControlChat.Core.Usage;

/// <summary>The tools there are, for counting what the record says of calls: a name that is none of them is not kept.</summary>
public interface IUsageNames
{
    bool Has(string tool);
}
