"""The Hub's addresses that are ours, a module a journey: parse, call the journey, render. Each names its own routes."""
